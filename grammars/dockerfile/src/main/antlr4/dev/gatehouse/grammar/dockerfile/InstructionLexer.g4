/*
 * Tokens of one logical line of a Dockerfile: continuations joined, comments left out, blanks around it trimmed.
 *
 * The characters are not those of the file but classes of its bytes, one a byte, all below 128 so that the lexer's cache
 * serves them; InstructionBytes makes them. ASCII stands for itself but for these:
 *
 *   \u0001  a byte 85 or A0 (hex): the reference splits flags into bytes and takes these two for blanks
 *   \u0002  the first byte of a Unicode white space character
 *   \u0003  a following byte of one that is 85 or A0
 *   \u0004  any other following byte of one
 *   \u007F  every other byte above ASCII, and the control characters these four displace
 *   \       the escape character, whatever it is in this file; if that is the backtick, the two are swapped
 *
 * The keyword decides how the rest is split, behind flags: into words with quotes, into a plain list, or not at all.
 */
lexer grammar InstructionLexer;

options {
  caseInsensitive = true;
}

tokens {
  FLAG,
  FLAGS_END,
  WORD,
  CUT_WORD,
  ITEM,
  TYPE,
  TEXT
}

GAP
  : BLANK+ -> skip
  ;

ADD
  : K_ADD -> mode(F_LIST)
  ;

ARG
  : K_ARG -> mode(F_WORDS)
  ;

CMD
  : K_CMD -> mode(F_TEXT)
  ;

COPY
  : K_COPY -> mode(F_LIST)
  ;

ENTRYPOINT
  : K_ENTRYPOINT -> mode(F_TEXT)
  ;

ENV
  : K_ENV -> mode(F_WORDS)
  ;

EXPOSE
  : K_EXPOSE -> mode(F_LIST)
  ;

FROM
  : K_FROM -> mode(F_LIST)
  ;

HEALTHCHECK
  : K_HEALTHCHECK -> mode(F_HEALTH)
  ;

LABEL
  : K_LABEL -> mode(F_WORDS)
  ;

MAINTAINER
  : K_MAINTAINER -> mode(F_TEXT)
  ;

ONBUILD
  : K_ONBUILD -> mode(F_ONBUILD)
  ;

RUN
  : K_RUN -> mode(F_TEXT)
  ;

SHELL
  : K_SHELL -> mode(F_TEXT)
  ;

STOPSIGNAL
  : K_STOPSIGNAL -> mode(F_TEXT)
  ;

USER
  : K_USER -> mode(F_TEXT)
  ;

VOLUME
  : K_VOLUME -> mode(F_LIST)
  ;

WORKDIR
  : K_WORKDIR -> mode(F_TEXT)
  ;

UNKNOWN
  : ~[\t\u000B\f\r ]+ -> mode(F_TEXT)
  ;

// Each kind of arguments has a mode for the flags before it; its first argument cannot start with two dashes.

mode F_WORDS;

FW_GAP
  : FLAG_BLANK+ -> skip
  ;

FW_SPACE
  : USPACE -> skip, mode(WORDS)
  ;

FW_END
  : BARE_END -> type(FLAGS_END), mode(WORDS)
  ;

FW_FLAG
  : '--' FLAG_PART* -> type(FLAG)
  ;

FW_WORD
  : FIRST_WORD -> type(WORD), mode(WORDS)
  ;

FW_CUT_WORD
  : (FIRST_WORD | '-')? CUT -> type(CUT_WORD), mode(WORDS)
  ;

mode WORDS;

W_GAP
  : WORD_BLANK+ -> skip
  ;

W_WORD
  : WORD_PART+ -> type(WORD)
  ;

W_CUT_WORD
  : WORD_PART* CUT -> type(CUT_WORD)
  ;

mode F_LIST;

FL_GAP
  : FLAG_BLANK+ -> skip
  ;

FL_SPACE
  : USPACE -> skip, mode(LIST)
  ;

FL_END
  : BARE_END -> type(FLAGS_END), mode(LIST)
  ;

FL_FLAG
  : '--' FLAG_PART* -> type(FLAG)
  ;

FL_ITEM
  : FIRST_ITEM -> type(ITEM), mode(LIST)
  ;

mode LIST;

L_GAP
  : BLANK+ -> skip
  ;

L_ITEM
  : NOT_BLANK+ -> type(ITEM)
  ;

mode F_TEXT;

FT_GAP
  : FLAG_BLANK+ -> skip
  ;

FT_SPACE
  : USPACE -> skip, mode(REST)
  ;

FT_END
  : BARE_END -> type(FLAGS_END), mode(REST)
  ;

FT_FLAG
  : '--' FLAG_PART* -> type(FLAG)
  ;

FT_TEXT
  : FIRST_TEXT -> type(TEXT), mode(REST)
  ;

mode REST;

T_GAP
  : WORD_BLANK+ -> skip
  ;

T_TEXT
  : ~[\t\n\u000B\f\r \u0002] ANY* -> type(TEXT)
  ;

mode F_HEALTH;

FH_GAP
  : FLAG_BLANK+ -> skip
  ;

FH_SPACE
  : USPACE -> skip, mode(HEALTH)
  ;

FH_END
  : BARE_END -> type(FLAGS_END), mode(HEALTH)
  ;

FH_FLAG
  : '--' FLAG_PART* -> type(FLAG)
  ;

FH_TYPE
  : (~[\t\n\u000B\f\r \-\u0001\u0002\u0003] | '-' ~[\t\n\u000B\f\r \-\u0001\u0003]) FLAG_BYTE* -> type(TYPE), mode(CHECK)
  ;

FH_DASH
  : '-' -> type(TYPE), mode(CHECK)
  ;

mode HEALTH;

H_GAP
  : (FLAG_BLANK | USPACE)+ -> skip
  ;

H_TYPE
  : FLAG_BYTE+ -> type(TYPE), mode(CHECK)
  ;

// Behind the type blanks are looked for among bytes, as in flags.

mode CHECK;

C_GAP
  : FLAG_BLANK+ -> skip
  ;

C_TEXT
  : FLAG_BYTE ANY* -> type(TEXT)
  ;

mode F_ONBUILD;

FO_GAP
  : FLAG_BLANK+ -> skip
  ;

FO_SPACE
  : USPACE -> skip, mode(DEFAULT_MODE)
  ;

FO_END
  : BARE_END -> type(FLAGS_END), mode(DEFAULT_MODE)
  ;

FO_FLAG
  : '--' FLAG_PART* -> type(FLAG)
  ;

FO_ADD
  : K_ADD -> type(ADD), mode(F_LIST)
  ;

FO_ARG
  : K_ARG -> type(ARG), mode(F_WORDS)
  ;

FO_CMD
  : K_CMD -> type(CMD), mode(F_TEXT)
  ;

FO_COPY
  : K_COPY -> type(COPY), mode(F_LIST)
  ;

FO_ENTRYPOINT
  : K_ENTRYPOINT -> type(ENTRYPOINT), mode(F_TEXT)
  ;

FO_ENV
  : K_ENV -> type(ENV), mode(F_WORDS)
  ;

FO_EXPOSE
  : K_EXPOSE -> type(EXPOSE), mode(F_LIST)
  ;

FO_FROM
  : K_FROM -> type(FROM), mode(F_LIST)
  ;

FO_HEALTHCHECK
  : K_HEALTHCHECK -> type(HEALTHCHECK), mode(F_HEALTH)
  ;

FO_LABEL
  : K_LABEL -> type(LABEL), mode(F_WORDS)
  ;

FO_MAINTAINER
  : K_MAINTAINER -> type(MAINTAINER), mode(F_TEXT)
  ;

FO_ONBUILD
  : K_ONBUILD -> type(ONBUILD), mode(F_ONBUILD)
  ;

FO_RUN
  : K_RUN -> type(RUN), mode(F_TEXT)
  ;

FO_SHELL
  : K_SHELL -> type(SHELL), mode(F_TEXT)
  ;

FO_STOPSIGNAL
  : K_STOPSIGNAL -> type(STOPSIGNAL), mode(F_TEXT)
  ;

FO_USER
  : K_USER -> type(USER), mode(F_TEXT)
  ;

FO_VOLUME
  : K_VOLUME -> type(VOLUME), mode(F_LIST)
  ;

FO_WORKDIR
  : K_WORKDIR -> type(WORKDIR), mode(F_TEXT)
  ;

FO_UNKNOWN
  : FIRST_ITEM -> type(UNKNOWN), mode(F_TEXT)
  ;

fragment ANY
  : [\u0000-\u007F]
  ;

fragment BLANK
  : [\t\u000B\f\r ]
  ;

fragment NOT_BLANK
  : ~[\t\u000B\f\r ]
  ;

fragment USPACE
  : '\u0002' [\u0003\u0004]+
  ;

fragment WORD_BLANK
  : [\t\n\u000B\f\r ]
  | USPACE
  ;

fragment FLAG_BLANK
  : [\t\n\u000B\f\r \u0001\u0003]
  ;

fragment FLAG_BYTE
  : ~[\t\n\u000B\f\r \u0001\u0003]
  ;

// A word of two dashes ends the flags, also if empty quotes stand in it.
fragment BARE_END
  : '--' ('""' | '\'\'')*
  ;

// In flags both kinds of quotes know escapes. What is open at the end of the line ends there.
fragment FLAG_PART
  : '"' (~["\\] | '\\' ANY)* ('"' | '\\'? EOF)
  | '\'' (~['\\] | '\\' ANY)* ('\'' | '\\'? EOF)
  | '\\' (ANY | EOF)
  | ~[\t\n\u000B\f\r \u0001\u0003"'\\]
  ;

fragment QUOTED
  : '"' (~["\\] | '\\' ANY)* ('"' | EOF)
  | '\'' ~[']* ('\'' | EOF)
  ;

fragment WORD_PART
  : QUOTED
  | '\\' ANY
  | ~[\t\n\u000B\f\r \u0002"'\\]
  ;

// An escape that nothing follows is no part of its word.
fragment CUT
  : '\\' EOF
  | '"' (~["\\] | '\\' ANY)* '\\' EOF
  ;

fragment FIRST_WORD
  : (QUOTED | '\\' ANY | ~[\t\n\u000B\f\r \u0001\u0002\u0003"'\\\-]) WORD_PART*
  | '-' ((QUOTED | '\\' ANY | ~[\t\n\u000B\f\r \u0002"'\\\-]) WORD_PART*)?
  ;

fragment FIRST_ITEM
  : ~[\t\n\u000B\f\r \u0001\u0002\u0003\-] NOT_BLANK*
  | '-' (~[\t\u000B\f\r \-] NOT_BLANK*)?
  ;

fragment FIRST_TEXT
  : ~[\t\n\u000B\f\r \u0001\u0002\u0003\-] ANY*
  | '-' (~[\-] ANY*)?
  ;

fragment K_ADD
  : 'ADD'
  ;

fragment K_ARG
  : 'ARG'
  ;

fragment K_CMD
  : 'CMD'
  ;

fragment K_COPY
  : 'COPY'
  ;

fragment K_ENTRYPOINT
  : 'ENTRYPOINT'
  ;

fragment K_ENV
  : 'ENV'
  ;

fragment K_EXPOSE
  : 'EXPOSE'
  ;

fragment K_FROM
  : 'FROM'
  ;

fragment K_HEALTHCHECK
  : 'HEALTHCHECK'
  ;

fragment K_LABEL
  : 'LABEL'
  ;

fragment K_MAINTAINER
  : 'MAINTAINER'
  ;

fragment K_ONBUILD
  : 'ONBUILD'
  ;

fragment K_RUN
  : 'RUN'
  ;

fragment K_SHELL
  : 'SHELL'
  ;

fragment K_STOPSIGNAL
  : 'STOPSIGNAL'
  ;

fragment K_USER
  : 'USER'
  ;

fragment K_VOLUME
  : 'VOLUME'
  ;

fragment K_WORKDIR
  : 'WORKDIR'
  ;
