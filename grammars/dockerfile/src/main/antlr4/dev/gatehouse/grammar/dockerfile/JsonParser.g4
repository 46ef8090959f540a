/*
 * The JSON form of arguments: an array of strings. Other JSON is recognised over the tokens, without recursion.
 */
parser grammar JsonParser;

options {
  tokenVocab = JsonLexer;
}

strings
  : ARRAY_OPEN (STRING (COMMA STRING)*)? ARRAY_CLOSE EOF
  ;
