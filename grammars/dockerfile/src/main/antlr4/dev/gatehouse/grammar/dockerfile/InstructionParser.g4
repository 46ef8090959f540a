/*
 * One logical line of a Dockerfile. Every line is a sentence of this grammar: what an instruction makes of too few or
 * too many arguments is not syntax. A JSON array in the place of arguments has a grammar of its own, JsonParser.
 */
parser grammar InstructionParser;

options {
  tokenVocab = InstructionLexer;
}

line
  : trigger* instruction? EOF
  ;

// ONBUILD before the instruction it delays; a loop and no recursion, so that no input makes a deep tree.
trigger
  : ONBUILD flags
  ;

instruction
  : keyword = (ENV | LABEL | ARG) flags words                                             # wordsInstruction
  | keyword = (ADD | COPY | EXPOSE | FROM | VOLUME) flags items                           # listInstruction
  | keyword = (CMD | ENTRYPOINT | MAINTAINER | RUN | SHELL | STOPSIGNAL | USER | WORKDIR) flags TEXT?
                                                                                          # textInstruction
  | keyword = HEALTHCHECK flags (TYPE TEXT?)?                                             # healthcheckInstruction
  | keyword = UNKNOWN flags TEXT?                                                         # unknownInstruction
  ;

flags
  : FLAG* FLAGS_END?
  ;

words
  : WORD* CUT_WORD?
  ;

items
  : ITEM*
  ;
