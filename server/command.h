/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_COMMAND_H
#define SERVER_COMMAND_H

/* command: the words of the command line. Each command is one file, command_<word>.c; main only
 * finds it. argv[0] is the command's word, argc counts it. The answer is the exit code of the
 * process. */
enum {
    COMMAND_OK = 0,
    COMMAND_FAILED = 1, /* said on standard error what, and what to do about it */
    COMMAND_MISUSED = 2 /* wrong words; nothing was done */
};

int command_serve(int argc, char **argv);
int command_import(int argc, char **argv);
int command_export(int argc, char **argv);
int command_kpi(int argc, char **argv);
int command_roi(int argc, char **argv);
int command_package(int argc, char **argv);
int command_verify_package(int argc, char **argv);
int command_report(int argc, char **argv);
int command_sample(int argc, char **argv);
int command_zsk(int argc, char **argv);
int command_check(int argc, char **argv);
int command_compact(int argc, char **argv);
int command_pilot(int argc, char **argv);
int command_token(int argc, char **argv);

#endif
