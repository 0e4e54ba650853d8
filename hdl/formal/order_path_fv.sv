// From the gate to the wire, in the card's own wiring: a frame begins in the cycle after a grant and at no other time, a kill ends nothing
// that has begun and lets nothing begin. Bound to the order path; its requests are any at all.
module order_path_fv (
    input clock,
    input reset,
    input do_arm,
    input do_kill,
    input [31:0] ctrl_data,
    input abort_frame,
    input stale_all,
    input killed,
    input tx_tvalid,
    input tx_tready,
    input tx_tlast,
    input tx_tuser,
    input risk_grant,
    input [`RG_REQUEST_BITS-1:0] risk_grant_request,
    input risk_request_valid,
    input risk_request_ready,
    input deciding,
    input cut
);
    reg was_stale_all = 0;
    reg was_reset = 1, was_goes = 0, was_grant = 0, was_cancel = 0;
    reg taken_1 = 0, taken_2 = 0, latch = 0, latch_1 = 0, aborted = 0;
    wire kills = do_kill && ctrl_data[0];
    wire arms = do_arm && ctrl_data == `RG_ARM_KEY;
    // A frame that is not at its end.
    wire goes = tx_tvalid && !(tx_tready && tx_tlast);
    wire begins = tx_tvalid && !was_goes;

    always @(posedge clock) begin
        was_reset <= reset;
        was_stale_all <= stale_all && !reset;
        was_goes <= goes && !reset;
        was_grant <= risk_grant && !reset;
        was_cancel <= (`RG_NO_ORDER(risk_grant_request[`RG_KIND +: 8])) && risk_grant_request[`RG_KIND +: 8] != `RG_ENABLE;
        taken_1 <= risk_request_valid && risk_request_ready && !reset;
        taken_2 <= taken_1 && !reset;
        if (arms) latch <= 0;
        if (kills) latch <= 1;
        latch_1 <= latch;
        if (abort_frame) aborted <= 1;
        if (risk_grant) aborted <= abort_frame;
        if (reset) latch <= 0;
    end

    always @(*) begin
        grant_after_request: assert (!risk_grant || taken_2);
        frame_after_grant: assert (begins == was_grant);
        kill_stops_frames: assert (!begins || was_cancel || !latch_1);
        kill_cuts_nothing: assert ((was_reset || !was_goes || tx_tvalid) && (!tx_tvalid || !tx_tuser || (tx_tlast && aborted)));
        // What a bad frame may have caused is not granted behind it; what is granted with it is aborted.
        bad_frame_stops_frames: assert (!risk_grant || (`RG_NO_ORDER(risk_grant_request[`RG_KIND +: 8])) || !was_stale_all);
        grants_do_not_meet: assert (!risk_grant || !tx_tvalid);
        same_latch: assert (killed == latch);
        i_deciding: assert (deciding == taken_1);
        i_cut: assert (!tx_tvalid || !cut || aborted);
        i_last: assert (!tx_tvalid || !tx_tuser || tx_tlast);
        c_frame: cover (tx_tvalid && tx_tready && tx_tlast && !tx_tuser && killed && latch_1);
        c_cancel: cover (begins && was_cancel && latch_1);
    end
endmodule
