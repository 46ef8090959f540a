/*
 * A parser directive, or a comment like any other.
 */
parser grammar DirectiveParser;

options {
  tokenVocab = DirectiveLexer;
}

comment
  : NAME EQUALS VALUE EOF # directive
  | NAME? EQUALS? TEXT* EOF # remark
  ;
