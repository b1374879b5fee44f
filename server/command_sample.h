/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_COMMAND_SAMPLE_H
#define SERVER_COMMAND_SAMPLE_H

/* command_sample: `pegel sample`, the events of a sample town as NDJSON on standard output or, with
 * --out, in a folder with the configuration that names its places, the assumptions for the return
 * on investment, and the true KPI values that the events were made from. */
int command_sample(int argc, char **argv);

#endif
