/*
 * Tokens of a word in which variables, quotes and escapes are to be expanded.
 *
 * Characters are given by class: letters above ASCII as "a", digits above ASCII as "1", all else above ASCII as \u007F. The
 * escape character of the file is given as the backslash; if that is the backtick, the two are swapped. Where quotes
 * mean nothing they are given as \u007F.
 *
 * No input is an error here: a token says what is missing or wrong, and whoever evaluates the word says so in turn.
 */
lexer grammar WordLexer;

tokens {
  TEXT,
  ESCAPED,
  CUT,
  SINGLE_QUOTED,
  OPEN_SINGLE_QUOTED,
  QUOTED,
  DOUBLE_QUOTE,
  VARIABLE,
  DOLLAR,
  OPEN,
  HEREDOC,
  CLOSE
}

VARIABLE
  : '$' NAME
  ;

DOLLAR
  : '$'
  ;

OPEN
  : '${' -> pushMode(SUBSTITUTION)
  ;

SINGLE_QUOTED
  : '\'' ~[']* '\''
  ;

OPEN_SINGLE_QUOTED
  : '\'' ~[']* EOF
  ;

// Double quotes around nothing that is expanded: one token, for most are such.
QUOTED
  : '"' ~["$\\]* '"'
  ;

DOUBLE_QUOTE
  : '"' -> pushMode(DOUBLE_QUOTED)
  ;

ESCAPED
  : '\\' ANY
  ;

CUT
  : '\\' EOF
  ;

HEREDOC
  : '<<' [\t\r ]*
  ;

LESS
  : '<' -> type(TEXT)
  ;

TEXT
  : ~[$'"\\<]+
  ;

// Behind "${" and a modifier, up to "}".

mode MODIFIED;

M_CLOSE
  : '}' -> type(CLOSE), popMode
  ;

M_VARIABLE
  : '$' NAME -> type(VARIABLE)
  ;

M_DOLLAR
  : '$' -> type(DOLLAR)
  ;

M_OPEN
  : '${' -> type(OPEN), pushMode(SUBSTITUTION)
  ;

M_SINGLE_QUOTED
  : '\'' ~[']* '\'' -> type(SINGLE_QUOTED)
  ;

M_OPEN_SINGLE_QUOTED
  : '\'' ~[']* EOF -> type(OPEN_SINGLE_QUOTED)
  ;

M_QUOTED
  : '"' ~["$\\]* '"' -> type(QUOTED)
  ;

M_DOUBLE_QUOTE
  : '"' -> type(DOUBLE_QUOTE), pushMode(DOUBLE_QUOTED)
  ;

M_ESCAPED
  : '\\' ANY -> type(ESCAPED)
  ;

M_CUT
  : '\\' EOF -> type(CUT)
  ;

M_HEREDOC
  : '<<' [\t\r ]* -> type(HEREDOC)
  ;

M_LESS
  : '<' -> type(TEXT)
  ;

M_TEXT
  : ~[$'"\\}<]+ -> type(TEXT)
  ;

// Behind "${name/", up to the slash before the replacement.

mode PATTERN;

PATTERN_END
  : '/' -> mode(MODIFIED)
  ;

P_VARIABLE
  : '$' NAME -> type(VARIABLE)
  ;

P_DOLLAR
  : '$' -> type(DOLLAR)
  ;

P_OPEN
  : '${' -> type(OPEN), pushMode(SUBSTITUTION)
  ;

P_SINGLE_QUOTED
  : '\'' ~[']* '\'' -> type(SINGLE_QUOTED)
  ;

P_OPEN_SINGLE_QUOTED
  : '\'' ~[']* EOF -> type(OPEN_SINGLE_QUOTED)
  ;

P_QUOTED
  : '"' ~["$\\]* '"' -> type(QUOTED)
  ;

P_DOUBLE_QUOTE
  : '"' -> type(DOUBLE_QUOTE), pushMode(DOUBLE_QUOTED)
  ;

P_ESCAPED
  : '\\' ANY -> type(ESCAPED)
  ;

P_CUT
  : '\\' EOF -> type(CUT)
  ;

P_HEREDOC
  : '<<' [\t\r ]* -> type(HEREDOC)
  ;

P_LESS
  : '<' -> type(TEXT)
  ;

P_TEXT
  : ~[$'"\\/<]+ -> type(TEXT)
  ;

mode DOUBLE_QUOTED;

CLOSE_QUOTE
  : '"' -> popMode
  ;

Q_VARIABLE
  : '$' NAME -> type(VARIABLE)
  ;

Q_DOLLAR
  : '$' -> type(DOLLAR)
  ;

Q_OPEN
  : '${' -> type(OPEN), pushMode(SUBSTITUTION)
  ;

// In double quotes an escape counts before these three only.
Q_ESCAPED
  : '\\' ["$\\] -> type(ESCAPED)
  ;

LONE_ESCAPE
  : '\\'
  ;

Q_TEXT
  : ~["$\\]+ -> type(TEXT)
  ;

// Right behind "${".

mode SUBSTITUTION;

PARAMETER
  : NAME -> mode(MODIFIER)
  ;

BAD_START
  : [{}:] -> mode(REST)
  ;

S_OPERATOR
  : [+%] -> type(OPERATOR), mode(MODIFIED)
  ;

S_SLASH
  : '/' '/'? -> type(SLASH), mode(PATTERN)
  ;

S_BAD_OPERATOR
  : . -> type(BAD_OPERATOR), mode(REST)
  ;

mode MODIFIER;

E_CLOSE
  : '}' -> type(CLOSE), popMode
  ;

OPERATOR
  : [+\-?#%] -> mode(MODIFIED)
  ;

COLON_OPERATOR
  : ':' ~[#%] -> mode(MODIFIED)
  ;

BAD_COLON_OPERATOR
  : ':' [#%] -> type(BAD_OPERATOR), mode(REST)
  ;

CUT_COLON
  : ':' EOF
  ;

SLASH
  : '/' '/'? -> mode(PATTERN)
  ;

BAD_OPERATOR
  : . -> mode(REST)
  ;

// Behind what cannot be understood.

mode REST;

REST_TEXT
  : ANY+ -> skip
  ;

fragment ANY
  : [\u0000-\u007F]
  ;

fragment NAME
  : [0-9]+
  | [@*#?\-$!]
  | [a-zA-Z_] [a-zA-Z0-9_]*
  ;
