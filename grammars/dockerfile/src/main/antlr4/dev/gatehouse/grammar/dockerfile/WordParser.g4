/*
 * A word in which variables, quotes and escapes are to be expanded. Every input is a sentence of this grammar; where
 * something is missing, EOF stands in its place.
 */
parser grammar WordParser;

options {
  tokenVocab = WordLexer;
}

word
  : part* EOF
  ;

part
  : TEXT
  | ESCAPED
  | CUT
  | HEREDOC
  | SINGLE_QUOTED
  | OPEN_SINGLE_QUOTED
  | QUOTED
  | VARIABLE
  | DOLLAR
  | doubleQuoted
  | substitution
  ;

doubleQuoted
  : DOUBLE_QUOTE quotedPart* (CLOSE_QUOTE | EOF)
  ;

quotedPart
  : TEXT
  | ESCAPED
  | LONE_ESCAPE
  | VARIABLE
  | DOLLAR
  | substitution
  ;

substitution
  : OPEN EOF                                         # cutSubstitution
  | OPEN BAD_START EOF                               # badSubstitution
  | OPEN PARAMETER? BAD_OPERATOR EOF                 # badModifier
  | OPEN PARAMETER CUT_COLON EOF                     # cutColon
  | OPEN PARAMETER EOF                               # cutParameter
  | OPEN PARAMETER CLOSE                             # plain
  | OPEN PARAMETER? (OPERATOR | COLON_OPERATOR) modified # conditional
  | OPEN PARAMETER? SLASH pattern modified?          # replacement
  ;

modified
  : part* (CLOSE | EOF)
  ;

pattern
  : part* (PATTERN_END | EOF)
  ;
