/*
 * Tokens of JSON (RFC 8259). Characters above ASCII are given as \u007F, which no rule tells apart from them.
 */
lexer grammar JsonLexer;

GAP
  : [ \t\n\r]+ -> skip
  ;

ARRAY_OPEN
  : '['
  ;

ARRAY_CLOSE
  : ']'
  ;

OBJECT_OPEN
  : '{'
  ;

OBJECT_CLOSE
  : '}'
  ;

COMMA
  : ','
  ;

COLON
  : ':'
  ;

STRING
  : '"' (~["\\\u0000-\u001F] | '\\' (["\\/bfnrt] | 'u' HEX HEX HEX HEX))* '"'
  ;

NUMBER
  : '-'? ('0' | [1-9] [0-9]*) ('.' [0-9]+)? ([eE] [+\-]? [0-9]+)?
  ;

LITERAL
  : 'true'
  | 'false'
  | 'null'
  ;

OTHER
  : .
  ;

fragment HEX
  : [0-9a-fA-F]
  ;
