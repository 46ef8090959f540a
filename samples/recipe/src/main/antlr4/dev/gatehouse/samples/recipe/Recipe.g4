// A recipe: one statement a line, a keyword and its arguments.
grammar Recipe;

recipe : (statement? NEWLINE)* statement? EOF ;

statement : keyword=WORD argument* ;

argument : WORD | QUOTED ;

QUOTED  : '"' ~["\r\n]* '"' ;
WORD    : ~[ \t\r\n"#] ~[ \t\r\n"]* ;
NEWLINE : '\r'? '\n' ;
COMMENT : '#' ~[\r\n]* -> skip ;
BLANK   : [ \t]+ -> skip ;
