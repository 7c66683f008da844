/* src/cli/checks_parts.h - what checks.c, which looks at the machine, and checks_modem.c share. */
#pragma once
#include "cli/checks.h"

__attribute__((format(printf, 3, 4))) void check_say(struct check_result *r, enum check_level level,
                                                     const char *format, ...);
__attribute__((format(printf, 2, 3))) void check_mend(struct check_result *r, const char *format,
                                                      ...);
/* "sudo " where root looks, since what root may do others may not; else "". */
const char *check_sudo(void);
/* It is a failure after all, with this exit status. */
void check_fail(struct check_result *r, int code);

/* checks_modem.c */
void check_at(struct check_context *c, struct check_result *r);
void check_sim(struct check_context *c, struct check_result *r);
void check_pin_tries(struct check_context *c, struct check_result *r);
void check_smsc(struct check_context *c, struct check_result *r);
void check_network(struct check_context *c, struct check_result *r);
void check_voice(struct check_context *c, struct check_result *r);
void check_diverts(struct check_context *c, struct check_result *r);
void check_caller_id(struct check_context *c, struct check_result *r);
void check_storage(struct check_context *c, struct check_result *r);
