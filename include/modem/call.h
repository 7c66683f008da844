/* include/modem/call.h - the outcomes of a call; call tracking itself is declared here too (3GPP TS 27.007 7.6). */
#pragma once

enum call_outcome {
    CALL_MISSED,
    CALL_ANSWERED,
    CALL_ANSWERED_ELSEWHERE, /* Q.850 cause 26 */
    CALL_REJECTED,           /* by us, as configured: treated as missed */
};
