/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef SERVER_COMMAND_IMPORT_H
#define SERVER_COMMAND_IMPORT_H

/* command_import: `pegel import`. Like every command; its own exit code besides those. */
enum { COMMAND_IMPORT_REJECTED = 3 }; /* done, but some events were refused */

#endif
