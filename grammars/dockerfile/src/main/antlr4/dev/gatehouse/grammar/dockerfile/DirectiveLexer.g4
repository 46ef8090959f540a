/*
 * Tokens of a comment that may be a parser directive, without its comment sign and the blanks behind that.
 */
lexer grammar DirectiveLexer;

NAME
  : [a-zA-Z] [a-zA-Z0-9]* -> mode(ASSIGNMENT)
  ;

TEXT
  : . -> mode(REMARK)
  ;

mode ASSIGNMENT;

EQUALS
  : BLANK* '=' BLANK* -> mode(VALUES)
  ;

NO_EQUALS
  : . -> type(TEXT), mode(REMARK)
  ;

mode VALUES;

VALUE
  : ~[ \t\n\f\r] (~[\n]* ~[ \t\n\f\r])?
  ;

VALUE_GAP
  : BLANK+ -> skip
  ;

mode REMARK;

REMARK_TEXT
  : ~[\u0000]+ -> skip
  ;

REMARK_NUL
  : '\u0000' -> skip
  ;

fragment BLANK
  : [ \t\n\f\r]
  ;
