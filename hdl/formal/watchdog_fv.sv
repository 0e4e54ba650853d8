// The watchdog owes one message an expiry and no other. Bound to `watchdog`. An expiry is the end of a fresh heartbeat while it is enabled and the gate armed;
// `owed` is kept here a second time.
module watchdog_fv (
    input clock,
    input reset,
    input heartbeat_fresh,
    input armed,
    input cfg_cancel,
    input [31:0] cfg_firm,
    input [15:0] cfg_epoch,
    input granted,
    input lost,
    input request_valid,
    input request_ready,
    input [`WD_REQUEST_BITS-1:0] request,
    input waits,
    input of_asked,
    input of_decided,
    input of_fresh
);
    reg was_fresh = 0, owed = 0, taken_1 = 0, taken_2 = 0, was_reset = 1, was_refused = 0;

    wire takes = request_valid && request_ready;
    wire expires = was_fresh && !heartbeat_fresh && armed && cfg_cancel;
    wire sends = taken_2 && granted;
    always @(posedge clock) begin
        was_reset <= reset;
        was_fresh <= heartbeat_fresh && !reset;
        taken_1 <= takes && !reset;
        taken_2 <= taken_1 && !reset;
        was_refused <= taken_2 && !granted && !reset;
        if (sends) owed <= 0;
        if (expires || lost) owed <= 1;
        if (!cfg_cancel) owed <= 0;
        if (reset) owed <= 0;
    end
    always @(*) begin
        // Never without an expiry, or a frame that was cut off; not again after it has left.
        only_owed: assert (!request_valid || owed);
        owed_until_sent: assert (waits == owed);
        // One at a time: nothing is asked while the gate decides.
        one_at_once: assert (!request_valid || !taken_1 && !taken_2);
        // Others have their turn after a refusal.
        pauses: assert (!was_refused || !request_valid);
        all_of_the_firm: assert (request[`WD_KIND +: 8] == `WD_WATCHDOG && request[`WD_CL_ORD_ID +: 112] == {16'd0, "        ", cfg_firm}
            && request[`WD_EPOCH +: 16] == cfg_epoch && !request[`WD_MALFORMED] && !request[`WD_OUT_OF_SEQUENCE]);
        i_taken: assert (of_asked == taken_1 && of_decided == taken_2 && of_fresh == was_fresh);
        c_sent: cover (sends && owed && !was_reset);
        c_again: cover (was_refused && owed);
    end
endmodule
