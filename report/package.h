/* SPDX-License-Identifier: EUPL-1.2 */
#ifndef REPORT_PACKAGE_H
#define REPORT_PACKAGE_H

#include "access/signature.h"
#include "report/archive.h"
#include "report/report.h"

/* package: a report with all that it rests on, in one file that can be checked: the PDF, the
 * workbook, the figures with their questions, assumptions, definitions, a statement on data
 * quality, a manifest of checksums and a signature of the manifest. The same answers and key have
 * the same bytes. What is in which file: docs/EXPORTS.md. */
#define PACKAGE_REPORT      "report.pdf"
#define PACKAGE_WORKBOOK    "workbook.xlsx"
#define PACKAGE_FIGURES     "figures.json"
#define PACKAGE_ASSUMPTIONS "assumptions.json"
#define PACKAGE_DEFINITIONS "definitions.json"
#define PACKAGE_QUALITY     "data-quality.json"
#define PACKAGE_PILOT       "pilot.json"
#define PACKAGE_MANIFEST    "MANIFEST.sha256"
#define PACKAGE_SIGNATURE   "SIGNATURE"

struct package_parts {
    const struct report *report;
    const char *definitions; /* JSON of the catalogue */
    const char *assumptions; /* JSON; NULL: none */
    const char *pilot;       /* JSON of a plan; NULL: none */
};

/* All files but manifest and signature. To be freed also after an error. */
enum { PACKAGE_TEXTS = 4 };
struct package_files {
    struct archive archive; /* points into the texts and the parts */
    struct text texts[PACKAGE_TEXTS];
};
MUST_USE enum status package_files_make(const struct package_parts *parts,
                                        struct package_files *out, struct error *err);
void package_files_free(struct package_files *files);

MUST_USE enum status package_write(const struct package_parts *parts,
                                   const struct signature_key *key, struct text *out,
                                   struct error *err);

/* What was found in a package that is whole and signed. */
struct package_seal {
    char public_key[SIGNATURE_PUBLIC_TEXT_BYTES];
    char fingerprint[SIGNATURE_FINGERPRINT_BYTES];
};
/* Checks archive, checksums and signature. CORRUPT names the file that is not as it was. The files
 * of *out point into `bytes`. */
MUST_USE enum status package_read(const char *bytes, size_t size, struct archive *out,
                                  struct package_seal *seal, struct error *err);

#endif
