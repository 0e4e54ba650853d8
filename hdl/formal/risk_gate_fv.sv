// What the gate must never do. Bound to `risk_gate`; positions of fields and numbers of registers come from the contract as macros (RG_*).
//
// A grant means that its request was taken two cycles before, and that every check holds on what the ports had said by then. For one slot,
// any of them, everything is kept here a second time: best prices, limits, position, open quantities and orders, in 40-bit integers. That the
// gate keeps the same is proved beside it (same_*), for which the vectors `of_*` show its registers, one part a slot.
module risk_gate_fv #(
    parameter SB = 2,
    parameter S = 1 << SB
) (
    input clock,
    input reset,
    input [63:0] now,
    input request_valid,
    input request_ready,
    input [`RG_REQUEST_BITS-1:0] request,
    input tx_ready,
    input grant,
    input [`RG_REQUEST_BITS-1:0] grant_request,
    input count,
    input entry_valid,
    input entry_ready,
    input view_valid,
    input [`RG_VIEW_BITS-1:0] view,
    input slot_clear,
    input [5:0] slot_clear_slot,
    input [S-1:0] now_ready,
    input [S-1:0] now_stale,
    input [S-1:0] now_gap,
    input [S-1:0] now_halted,
    input events_full,
    input slot_write,
    input [SB-1:0] slot,
    input [4:0] slot_register,
    input [31:0] slot_data,
    input do_arm,
    input do_kill,
    input do_heartbeat,
    input do_limits_commit,
    input do_order_seq_reset,
    input do_throttle_clear,
    input [31:0] ctrl_data,
    input [31:0] cfg_heartbeat_timeout_ns,
    input [15:0] cfg_epoch,
    input [15:0] cfg_rate_tokens,
    input [31:0] cfg_gross_max_lo, cfg_gross_max_hi, cfg_gross_add_hi,
    input do_gross_add,
    input [63:0] now_gross,
    input tcp,
    input [31:0] tcp_seq_next, cfg_tcp_peer_ack, cfg_tcp_peer_window,
    input armed,
    input killed,
    // Tokens out, of the slot asked for and of the port.
    input [15:0] slots_used,
    input [15:0] rate_used,
    input rate_take,
    input deciding_q,
    input screen_is_order,
    input [`RG_REQUEST_BITS-1:0] screen_held,
    // Registers of the gate.
    input [S*32-1:0] of_max_qty, of_collar, of_position_max, of_notional_lo, of_notional_hi, of_refill,
    input [S*16-1:0] of_open_max, of_tokens,
    input [S*5-1:0] of_permit, of_permit_shadow,
    input [S*32-1:0] of_band_low, of_band_high, of_band_low_shadow, of_band_high_shadow,
    input [S*16-1:0] of_throttle, of_throttle_shadow,
    input [S*32-1:0] of_max_qty_shadow, of_collar_shadow, of_position_max_shadow, of_notional_lo_shadow, of_notional_hi_shadow, of_refill_shadow,
    input [S*16-1:0] of_open_max_shadow, of_tokens_shadow,
    input [S*36-1:0] of_net, of_buys, of_sells,
    input [S*16-1:0] of_orders, of_used,
    input [S-1:0] of_adds, of_loads, of_sent, of_done, of_host, of_takes,
    input [S*37-1:0] of_change_buy, of_change_sell,
    input [SB-1:0] of_host_slot,
    input [31:0] of_data,
    input [11:0] of_limit,
    input of_commit,
    input [S*32-1:0] of_position_set, of_bid, of_ask,
    input [S-1:0] of_known,
    // Throttles; own prices, tokens: memories, and what is on its way into them.
    input [S*16-1:0] of_repeated,
    input [S-1:0] of_latched, of_taken,
    input [S*32-1:0] of_own_buy, of_own_sell, of_fired,
    input [S-1:0] of_fired_known,
    input [31:0] of_newest, of_next,
    input of_follows,
    input [31:0] of_own, of_last,
    // Of a Replace: shares of the order it names, whether it names none; shares it adds.
    input [31:0] of_base, of_added,
    input of_unknown,
    // Of the position: what is open and held on the order's side, the limit, and what is left of it beside the order's shares.
    input [37:0] of_exposed,
    input [38:0] of_room,
    input [31:0] of_most, of_shares,
    input of_over,
    // Gross notional: value that a Replace takes over, the limit, what is left of it, what is on its way.
    input [63:0] of_gross_taken, of_gross_most, of_gross_notional, of_gross_added,
    input [65:0] of_gross_room, of_gross_change,
    input of_gross_commits,
    input life_alive,
    input [63:0] life_stamp
);
    (* anyconst *) reg [SB-1:0] s;

    // Limits as one word, lowest first: max_qty collar position_max open_max notional_lo notional_hi tokens refill permit band_low band_high
    // throttle.
    localparam LIMITS = 309;
    wire [LIMITS-1:0] is_now = {of_throttle[s*16 +: 16], of_band_high[s*32 +: 32], of_band_low[s*32 +: 32], of_permit[s*5 +: 5], of_refill[s*32 +: 32], of_tokens[s*16 +: 16], of_notional_hi[s*32 +: 32], of_notional_lo[s*32 +: 32],
        of_open_max[s*16 +: 16], of_position_max[s*32 +: 32], of_collar[s*32 +: 32], of_max_qty[s*32 +: 32]};
    wire [LIMITS-1:0] is_shadow = {of_throttle_shadow[s*16 +: 16], of_band_high_shadow[s*32 +: 32], of_band_low_shadow[s*32 +: 32],
        of_permit_shadow[s*5 +: 5], of_refill_shadow[s*32 +: 32], of_tokens_shadow[s*16 +: 16], of_notional_hi_shadow[s*32 +: 32],
        of_notional_lo_shadow[s*32 +: 32], of_open_max_shadow[s*16 +: 16], of_position_max_shadow[s*32 +: 32], of_collar_shadow[s*32 +: 32],
        of_max_qty_shadow[s*32 +: 32]};
    reg [LIMITS-1:0] limits = 0, shadow = 0, was_now = 0, was_shadow = 0;
    wire [31:0] max_qty = limits[0 +: 32];
    wire [31:0] collar = limits[32 +: 32];
    wire [31:0] position_max = limits[64 +: 32];
    wire [15:0] open_max = limits[96 +: 16];
    wire [63:0] notional_max = limits[112 +: 64];
    wire [15:0] tokens = limits[176 +: 16];
    wire [4:0] permit = limits[224 +: 5];
    wire [31:0] band_low = limits[229 +: 32];
    wire [31:0] band_high = limits[261 +: 32];
    wire [15:0] throttle = limits[293 +: 16];

    reg signed [39:0] net = 0, buys = 0, sells = 0;
    reg [15:0] orders = 0;
    reg [31:0] position_set = 0;
    reg has = 0;
    reg [31:0] bid = 0, ask = 0;
    reg on = 0, latch = 0, beaten = 0;
    reg [63:0] beat_at = 0;

    // The host's words and the grants, a cycle later.
    reg write_1 = 0, commit_1 = 0, sent_1 = 0, bought_1 = 0;
    reg [4:0] register_1 = 0;
    reg [31:0] data_1 = 0, shares_1 = 0;

    // Best own prices, last tokens of slots and of the slot's triggers, and what the request found of them.
    reg [31:0] own_buy = 0, own_sell = 0, newest = 0, fired = 0;
    reg fired_known = 0;
    reg follows_1 = 0, follows_2 = 0, was_full = 0;
    reg [31:0] own_1 = 0, own_2 = 0, last_1 = 0;

    // The request under way, and what it found: when it was taken (_1), when it was decided (_2).
    reg was_reset = 1;
    reg taken_1 = 0, taken_2 = 0, ready_1 = 0, ready_2 = 0, was_grant = 0;
    reg [`RG_REQUEST_BITS-1:0] request_1 = 0, request_2 = 0;
    // A request was ever taken: before the first the gate keeps none, and a kind that is none would be an order.
    reg asked = 0;
    reg [14:0] found_1 = 0, found_2 = 0;
    reg [6:0] state_2 = 0;
    reg alive_1 = 0, alive_2 = 0, port_1 = 0, port_2 = 0, was_commit = 0;
    reg [63:0] age_1 = 0;
    reg signed [39:0] exposed_1 = 0, most_1 = 0, added_2 = 0;
    reg new_1 = 0, unknown_2 = 0;

    // Gross notional, over all slots: what is counted, its limit, and the request's sums.
    reg [63:0] gross = 0, gross_max = 0, gross_most_1 = 0, gross_added_2 = 0;
    reg [64:0] gross_total_1 = 0;
    reg [65:0] gross_change = 0;
    reg gross_2 = 0;
    wire [65:0] gross_bound = {2'd0, gross_most_1} + {2'd0, of_gross_taken};
    wire gross_1 = {1'b0, gross_total_1} <= gross_bound;
    wire [63:0] worth_1 = request_1[`RG_NOTIONAL +: 64];
    // Two's complement, wide enough for a grant and a word of the host at once, and for what is counted beside them.
    wire [65:0] gross_word = {{2{cfg_gross_add_hi[31]}}, cfg_gross_add_hi, ctrl_data};
    wire [66:0] gross_moved = {3'd0, gross} + {gross_change[65], gross_change};

    wire takes = request_valid && request_ready;
    wire mine_1 = request_1[`RG_SLOT +: SB] == s;
    wire mine_2 = request_2[`RG_SLOT +: SB] == s;
    wire buy = request[`RG_BUY];
    wire [7:0] side = request[`RG_SIDE +: 8];
    wire newer = view_valid && view[`RG_VIEW_SLOT +: SB] == s;
    wire two_sided = view[`RG_BID_SZ +: 32] != 0 && view[`RG_ASK_SZ +: 32] != 0
        && view[`RG_BID_PX +: 32] != 0 && view[`RG_ASK_PX +: 32] != 0;
    wire exists = (newer ? two_sided : has) && !(slot_clear && slot_clear_slot[SB-1:0] == s);
    wire signed [39:0] qty = {8'd0, request[`RG_QTY +: 32]};
    wire signed [39:0] price = {8'd0, request[`RG_PRICE +: 32]};
    wire signed [39:0] best_bid = {8'd0, newer ? view[`RG_BID_PX +: 32] : bid};
    wire signed [39:0] best_ask = {8'd0, newer ? view[`RG_ASK_PX +: 32] : ask};
    wire signed [39:0] reach = {8'd0, collar};
    wire signed [39:0] most = {8'd0, position_max};
    wire signed [39:0] exposed = buy ? net + buys : sells - net;
    wire fires = request[`RG_KIND +: 8] == `RG_TRIGGER;
    wire [31:0] last = fires ? (fired_known ? fired : 0) : newest;
    wire [39:0] flight = {8'd0, tcp_seq_next - cfg_tcp_peer_ack};
    wire [39:0] window = {8'd0, cfg_tcp_peer_window};
    wire [39:0] payload = request[`RG_KIND +: 8] == `RG_RAW ? {36'd0, request[`RG_TARGET_REF +: 4]} : `RG_BYTES(request[`RG_KIND +: 8]);
    wire [31:0] price_2 = request_2[`RG_PRICE +: 32];
    wire [31:0] own_next = !follows_2 ? price_2
        : request_2[`RG_BUY] ? (own_2 > price_2 ? own_2 : price_2) : (own_2 < price_2 ? own_2 : price_2);
    wire forgets = do_order_seq_reset && ctrl_data[0];
    wire clears = do_throttle_clear && ctrl_data == `RG_THROTTLE_KEY + s;
    wire watchdog_2 = taken_2 && request_2[`RG_KIND +: 8] == `RG_WATCHDOG;
    wire quiet_2 = watchdog_2 && !grant;
    wire was_cancel = `RG_NO_ORDER(request_2[`RG_KIND +: 8]);
    wire replace_1 = request_1[`RG_KIND +: 8] == `RG_REPLACE;
    wire replace_2 = request_2[`RG_KIND +: 8] == `RG_REPLACE;
    wire enables = grant && request_2[`RG_KIND +: 8] == `RG_ENABLE;
    wire marks = grant && mine_2 && request_2[`RG_KIND +: 8] == `RG_MODIFY;
    wire order = grant && mine_2 && !was_cancel;
    wire kills = do_kill && ctrl_data[0];
    wire arms = do_arm && ctrl_data == `RG_ARM_KEY;

    // After the grant of the last cycle and the word of the cycle before it.
    wire signed [39:0] shares = {8'd0, shares_1};
    wire opens_1 = sent_1 && new_1;
    wire signed [39:0] gone = {9'd0, data_1[30:0]};
    wire signed [39:0] more_buys = buys + (sent_1 && bought_1 ? shares : 40'sd0);
    wire signed [39:0] more_sells = sells + (sent_1 && !bought_1 ? shares : 40'sd0);
    wire signed [39:0] word_1 = {{8{data_1[31]}}, data_1};
    wire signed [39:0] loaded = {{8{position_set[31]}}, position_set};
    wire signed [39:0] moved = net + word_1;
    wire releases_buy = write_1 && register_1 == `RG_REG_OPEN_RELEASE_BUY;
    wire releases_sell = write_1 && register_1 == `RG_REG_OPEN_RELEASE_SELL;
    wire loads = write_1 && register_1 == `RG_REG_POSITION_LOAD && data_1[0];
    wire adds = write_1 && register_1 == `RG_REG_POSITION_ADD;
    wire signed [39:0] change_buy = (sent_1 && bought_1 ? shares : 40'sd0) - (releases_buy ? gone : 40'sd0);
    wire signed [39:0] change_sell = (sent_1 && !bought_1 ? shares : 40'sd0) - (releases_sell ? gone : 40'sd0);
    wire [11:0] limit_1 = {register_1 == `RG_REG_THROTTLE, register_1 == `RG_REG_BAND_HIGH, register_1 == `RG_REG_BAND_LOW,
        register_1 == `RG_REG_PERMIT, register_1 == `RG_REG_SLOT_RATE_REFILL_NS, register_1 == `RG_REG_SLOT_RATE_TOKENS,
        register_1 == `RG_REG_NOTIONAL_MAX_HI, register_1 == `RG_REG_NOTIONAL_MAX_LO, register_1 == `RG_REG_OPEN_MAX,
        register_1 == `RG_REG_POSITION_MAX, register_1 == `RG_REG_COLLAR, register_1 == `RG_REG_MAX_QTY};
    // A Replace adds what it has more than the order it names, and the exposure alone has to be within the limit, too.
    wire signed [39:0] qty_1 = {8'd0, request_1[`RG_QTY +: 32]};
    wire signed [39:0] more_1 = qty_1 - {8'd0, of_base};
    wire signed [39:0] added_1 = !replace_1 ? qty_1 : more_1 > 0 ? more_1 : 40'sd0;
    wire position_1 = exposed_1 + added_1 <= most_1;
    // A position at its lower end, a limit of 2^32 - 1.
    localparam signed [39:0] ENDS = 40'sh8_ffff_ffff;
    wire done = (releases_buy || releases_sell) && data_1[31];

    always @(posedge clock) begin
        was_reset <= reset;
        ready_1 <= tx_ready;
        ready_2 <= ready_1;
        was_grant <= grant;

        // Requests. Found: malformed, sequence, epoch, quantity, collar, position, orders, rate, notional, side,
        // bands, throttle, own prices, token, window.
        taken_1 <= takes && !reset;
        taken_2 <= taken_1 && !reset;
        if (takes) request_1 <= request;
        if (takes) asked <= 1;
        request_2 <= request_1;
        found_1 <= {
            !tcp || flight + payload <= window,
            request[`RG_TOKEN +: 32] > last,
            !(buy ? sells != 0 && request[`RG_PRICE +: 32] >= own_sell : buys != 0 && request[`RG_PRICE +: 32] <= own_buy),
            !of_latched[s] && of_repeated[s*16 +: 16] < throttle,
            !permit[4] || request[`RG_PRICE +: 32] >= band_low && request[`RG_PRICE +: 32] <= band_high,
            side == "B" && permit[0] || side == "S" && permit[1] || side == "T" && permit[2] || side == "E" && permit[3],
            request[`RG_NOTIONAL +: 64] <= notional_max,
            slots_used < tokens,
            orders < open_max,
            1'b1,
            exists && price >= best_bid - reach && price <= best_ask + reach,
            qty != 0 && request[`RG_QTY +: 32] <= max_qty,
            request[`RG_EPOCH +: 16] == cfg_epoch,
            !request[`RG_OUT_OF_SEQUENCE],
            !request[`RG_MALFORMED]
        };
        found_2 <= {found_1[14:6], position_1, found_1[4:0]};
        {exposed_1, most_1} <= {exposed, most};
        added_2 <= added_1;
        unknown_2 <= of_unknown;
        port_1 <= rate_used < cfg_rate_tokens;
        port_2 <= port_1;
        alive_1 <= beaten;
        age_1 <= now - beat_at;
        alive_2 <= alive_1 && age_1 <= {32'd0, cfg_heartbeat_timeout_ns} && cfg_heartbeat_timeout_ns != 0 && !reset;
        // State: events, halted, gap, stale, heartbeat, armed, killed.
        state_2 <= {!events_full, !now_halted[s], !now_gap[s], now_ready[s] && !now_stale[s], alive_2, on && (!do_arm || arms), !latch && !kills};

        // Gross notional.
        gross_total_1 <= {1'b0, gross} + {1'b0, request[`RG_NOTIONAL +: 64]};
        gross_most_1 <= gross_max;
        gross_2 <= gross_1;
        gross_added_2 <= worth_1 > of_gross_taken ? worth_1 - of_gross_taken : 64'd0;
        gross_change <= (grant && !was_cancel ? {2'd0, gross_added_2} : 66'd0) + (do_gross_add ? gross_word : 66'd0);
        gross <= gross_moved[66] ? 64'd0 : |gross_moved[65:64] ? {64{1'b1}} : gross_moved[63:0];
        if (commit_1) gross_max <= {cfg_gross_max_hi, cfg_gross_max_lo};

        // Own prices and tokens.
        {follows_1, own_1} <= buy ? {buys != 0, own_buy} : {sells != 0, own_sell};
        {follows_2, own_2} <= {follows_1, own_1};
        last_1 <= last;
        if (order && request_2[`RG_BUY]) own_buy <= own_next;
        if (order && !request_2[`RG_BUY]) own_sell <= own_next;
        if (grant && !was_cancel && request_2[`RG_KIND +: 8] != `RG_TRIGGER) newest <= request_2[`RG_TOKEN +: 32];
        if (order && request_2[`RG_KIND +: 8] == `RG_TRIGGER) {fired_known, fired} <= {1'b1, request_2[`RG_TOKEN +: 32]};
        if (forgets) {fired_known, newest} <= 0;
        was_full <= (was_full || of_latched[s] || of_taken[s] && of_repeated[s*16 +: 16] >= throttle) && !clears;

        // Switches.
        if (do_arm) on <= arms;
        if (arms) latch <= 0;
        if (kills) latch <= 1;
        if (do_heartbeat) {beaten, beat_at} <= {1'b1, now};

        // Best prices.
        if (newer) {has, bid, ask} <= {two_sided, view[`RG_BID_PX +: 32], view[`RG_ASK_PX +: 32]};
        if (slot_clear && slot_clear_slot[SB-1:0] == s) has <= 0;

        // The host's words and grants.
        write_1 <= slot_write && slot == s;
        commit_1 <= do_limits_commit && ctrl_data[0];
        {register_1, data_1} <= {slot_register, slot_data};
        sent_1 <= grant && !(`RG_NO_ORDER(grant_request[`RG_KIND +: 8])) && grant_request[`RG_SLOT +: SB] == s;
        {bought_1, shares_1} <= {grant_request[`RG_BUY], added_2[31:0]};
        new_1 <= !replace_2;
        if (slot_write && slot == s && slot_register == `RG_REG_POSITION_SET) position_set <= slot_data;

        // Position.
        if (adds) net <= moved > 40'sh7_ffff_ffff ? 40'sh7_ffff_ffff : moved < -40'sh8_0000_0000 ? -40'sh8_0000_0000 : moved;
        buys <= releases_buy ? (more_buys > gone ? more_buys - gone : 40'sd0) : more_buys;
        sells <= releases_sell ? (more_sells > gone ? more_sells - gone : 40'sd0) : more_sells;
        if (opens_1 && !done) orders <= orders + 1;
        if (done && !opens_1 && orders != 0) orders <= orders - 1;
        if (loads) begin
            net <= loaded;
            buys <= sent_1 && bought_1 ? shares : 40'sd0;
            sells <= sent_1 && !bought_1 ? shares : 40'sd0;
            orders <= opens_1;
        end

        // Limits.
        if (commit_1) limits <= shadow;
        if (write_1) case (register_1)
            `RG_REG_MAX_QTY: shadow[0 +: 32] <= data_1;
            `RG_REG_COLLAR: shadow[32 +: 32] <= data_1;
            `RG_REG_POSITION_MAX: shadow[64 +: 32] <= data_1;
            `RG_REG_OPEN_MAX: shadow[96 +: 16] <= data_1[15:0];
            `RG_REG_NOTIONAL_MAX_LO: shadow[112 +: 32] <= data_1;
            `RG_REG_NOTIONAL_MAX_HI: shadow[144 +: 32] <= data_1;
            `RG_REG_SLOT_RATE_TOKENS: shadow[176 +: 16] <= data_1[15:0];
            `RG_REG_SLOT_RATE_REFILL_NS: shadow[192 +: 32] <= data_1;
            `RG_REG_PERMIT: shadow[224 +: 5] <= data_1[4:0];
            `RG_REG_BAND_LOW: shadow[229 +: 32] <= data_1;
            `RG_REG_BAND_HIGH: shadow[261 +: 32] <= data_1;
            `RG_REG_THROTTLE: shadow[293 +: 16] <= data_1[15:0];
            default: ;
        endcase
        was_now <= is_now;
        was_shadow <= is_shadow;
        was_commit <= commit_1;

        // The words of POSITION_SET outlive a reset.
        if (reset) begin
            {net, buys, sells, orders, limits, shadow, has} <= 0;
            {write_1, commit_1, sent_1, on, latch, beaten} <= 0;
            {alive_1, taken_1, taken_2} <= 0;
            {fired_known, newest, was_full} <= 0;
            {gross, gross_max, gross_change} <= 0;
        end
    end

    always @(*) begin
        // The outcome.
        one_outcome: assert ((grant || count) == (taken_2 && !quiet_2) && !(grant && count));
        // The watchdog's message, refused: asked again, and no event.
        quiet_refusal: assert (!(count && watchdog_2));
        granted_as_taken: assert (!grant || grant_request == request_2);
        refusal_is_told: assert (!count || entry_valid);
        ready_before_grant: assert (!grant || (ready_2 && !was_grant));
        takes_with_room: assert (!request_ready || (tx_ready && !entry_valid && !taken_1));
        // What a grant adds is in the accounts before the next request looks at them: both this checker and the gate book it a cycle late.
        taken_when_booked: assert (!takes || !was_grant || was_reset);
        // Every check.
        check_malformed: assert (!grant || !mine_2 || found_2[0]);
        check_sequence: assert (!grant || !mine_2 || found_2[1]);
        check_epoch: assert (!grant || !mine_2 || found_2[2]);
        check_quantity: assert (!order || found_2[3]);
        check_collar: assert (!order || found_2[4]);
        check_position: assert (!order || found_2[5]);
        check_open_orders: assert (!order || replace_2 || found_2[6]);
        check_original: assert (!order || !replace_2 || !unknown_2);
        // The host's word of what is replaced never makes less of what is added.
        base_as_said: assert (!(taken_1 && replace_1) || of_base <= request_1[`RG_ORIG_QTY +: 32]);
        check_rate_slot: assert (!order || found_2[7]);
        check_notional: assert (!order || found_2[8]);
        // What is counted and what the order adds stay within the limit, whatever slot it is of.
        check_gross_notional: assert (!grant || was_cancel || gross_2);
        check_restricted: assert (!order && !marks || found_2[9]);
        check_bands: assert (!order || found_2[10]);
        check_throttle: assert (!order || found_2[11]);
        check_self_cross: assert (!order || found_2[12]);
        check_duplicate_token: assert (!order || found_2[13]);
        check_tcp_window: assert (!grant || !mine_2 || found_2[14]);
        // As many grants as allowed latch; only the key of the slot ends it.
        throttle_latches: assert (!was_full || of_latched[s]);
        check_rate_port: assert (!grant || port_2);
        check_killed: assert (!order && !enables || state_2[0]);
        check_not_armed: assert (!order && !enables || state_2[1]);
        check_heartbeat: assert (!order && !enables || state_2[2]);
        check_stale: assert (!order || state_2[3]);
        check_gap: assert (!order || state_2[4]);
        check_halted: assert (!order || state_2[5]);
        check_events_full: assert (!grant || !mine_2 || state_2[6]);
        // A kill of the last cycle or before stops everything but cancels, until ARM_KEY.
        kill_blocks: assert (!(grant && latch) || was_cancel && !enables);
        // Limits: all old or all of the last commit.
        limits_unmixed: assert (is_now == was_now || (is_now == was_shadow && was_commit) || (is_now == 0 && was_reset));
        // Nothing wraps.
        orders_fit: assert (!of_sent[s] || of_done[s] || of_orders[s*16 +: 16] != 16'hffff);
        shares_fit: assert ({4'd0, of_buys[s*36 +: 36]} + (sent_1 && bought_1 ? shares_1 : 0) < 40'h10_0000_0000
            && {4'd0, of_sells[s*36 +: 36]} + (sent_1 && !bought_1 ? shares_1 : 0) < 40'h10_0000_0000);
        tokens_fit: assert ((!of_takes[s] || of_used[s*16 +: 16] != 16'hffff && of_repeated[s*16 +: 16] != 16'hffff) && (!rate_take || rate_used != 16'hffff));
        // The gate keeps what this keeps.
        same_limits: assert (is_now == limits && is_shadow == shadow);
        same_position: assert (of_net[s*36 +: 36] == net[35:0] && net[39:35] == {5{net[35]}});
        same_buys: assert (of_buys[s*36 +: 36] == buys);
        same_sells: assert (of_sells[s*36 +: 36] == sells);
        same_orders: assert (of_orders[s*16 +: 16] == orders);
        same_reference: assert (of_known[s] == has);
        same_switches: assert (armed == on && killed == latch);
        same_heartbeat: assert (life_alive == beaten);
        same_tokens: assert (of_newest == newest && of_fired_known[s] == fired_known);
        same_latch: assert (of_latched[s] == was_full);
        same_gross: assert (now_gross == gross && of_gross_most == gross_max);
        i_gross: assert (of_gross_change == gross_change && of_gross_commits == commit_1);
        i_gross_1: assert (!taken_1 || of_gross_room == {2'd0, gross_most_1} - {1'd0, gross_total_1} && of_gross_notional == worth_1);
        i_gross_2: assert (!taken_2 || of_gross_added == gross_added_2);
        i_own: assert (!(taken_1 && mine_1) || (of_follows == follows_1 && of_own == own_1));
        i_next: assert (!(taken_2 && mine_2) || of_next == own_next);
        i_last: assert (!(taken_1 && mine_1) || of_last == last_1);
        // For the induction. No order passes that would take open shares beyond the end of a position and a limit.
        i_shares: assert (buys <= ENDS && sells <= ENDS && buys >= 0 && sells >= 0);
        i_shares_1: assert (!(taken_1 && mine_1 && position_1) || (request_1[`RG_BUY] ? buys : sells) + added_1 <= ENDS);
        i_shares_2: assert (!(taken_2 && mine_2 && found_2[5]) || (request_2[`RG_BUY] ? buys : sells) + added_2 <= ENDS);
        i_exposed: assert (!(taken_1 && mine_1) || {{2{of_exposed[37]}}, of_exposed} == exposed_1);
        i_room: assert (!(taken_1 && mine_1) || {{1{of_room[38]}}, of_room} == most_1 - qty_1 && of_most == most_1[31:0] && of_shares == qty_1[31:0]);
        i_over: assert (!(taken_1 && mine_1 && !replace_1) || of_over == (exposed_1 + qty_1 > most_1));
        i_over_replace: assert (!(taken_1 && mine_1 && replace_1) || of_over == (exposed_1 > most_1 || exposed_1 + more_1 > most_1));
        i_added: assert (!(taken_2 && mine_2) || of_added == added_2[31:0] && added_2[39:32] == 0);
        i_shares_3: assert (!sent_1 || (bought_1 ? buys : sells) + shares <= ENDS);
        i_orders_1: assert (!(taken_1 && mine_1 && !replace_1 && found_1[6]) || orders != 16'hffff);
        i_orders_2: assert (!(taken_2 && mine_2 && !replace_2 && found_2[6]) || orders != 16'hffff);
        i_tokens_1: assert (!(taken_1 && mine_1 && found_1[7]) || of_used[s*16 +: 16] != 16'hffff);
        i_tokens_2: assert (!(taken_2 && mine_2 && found_2[7]) || of_used[s*16 +: 16] != 16'hffff);
        i_repeated_1: assert (!(taken_1 && mine_1 && found_1[11]) || of_repeated[s*16 +: 16] != 16'hffff);
        i_repeated_2: assert (!(taken_2 && mine_2 && found_2[11]) || of_repeated[s*16 +: 16] != 16'hffff);
        i_port: assert (!(taken_1 && port_1 || taken_2 && port_2) || rate_used != 16'hffff);
        i_asked: assert (asked || !taken_1 && !taken_2 && !sent_1);
        i_held: assert (screen_held == request_1 && screen_is_order == (asked && !(`RG_NO_ORDER(request_1[`RG_KIND +: 8]))) && deciding_q == taken_1);
        // One request at a time, and nothing of an earlier one left to book.
        i_quiet: assert (!(taken_1 && (taken_2 || sent_1)) && !(taken_2 && sent_1));
        // Words and grants on their way.
        i_words: assert ((!of_host[s] || of_host_slot == s) && (!write_1 || of_host[s]) && of_data == data_1 && of_commit == commit_1);
        i_kinds: assert (of_adds[s] == adds && of_loads[s] == loads && of_sent[s] == opens_1 && of_takes[s] == sent_1 && of_done[s] == done);
        i_buys: assert (of_change_buy[s*37 +: 37] == change_buy[36:0]);
        i_sells: assert (of_change_sell[s*37 +: 37] == change_sell[36:0]);
        i_limit: assert ((of_host[s] ? of_limit : 12'h0) == (write_1 ? limit_1 : 12'h0));
    end

    // These outlive a reset.
    always @(*) begin
        same_words: assert (of_position_set[s*32 +: 32] == position_set && life_stamp == beat_at);
        same_own_prices: assert (of_own_buy[s*32 +: 32] == own_buy && of_own_sell[s*32 +: 32] == own_sell);
        same_fired: assert (of_fired[s*32 +: 32] == fired);
        same_prices: assert (of_bid[s*32 +: 32] == bid && of_ask[s*32 +: 32] == ask);
    end

    always @(*) begin
        c_order: cover (order && request_2[`RG_BUY] && request_2[`RG_QTY +: 32] == 77);
        c_replace: cover (order && replace_2 && request_2[`RG_QTY +: 32] > added_2[31:0] && added_2 != 0);
        c_cancel_while_killed: cover (grant && was_cancel && latch);
        c_refusal: cover (count && !(`RG_NO_ORDER(request_2[`RG_KIND +: 8])) && latch);
        c_quiet: cover (quiet_2 && latch);
        c_cross: cover (count && mine_2 && !found_2[12] && buys != 0);
        c_token: cover (count && mine_2 && !found_2[13] && newest != 0);
        c_gross: cover (count && !was_cancel && !gross_2 && gross != 0 && gross_max != 0);
        c_window: cover (grant && tcp && mine_2);
        c_latched: cover (count && mine_2 && of_latched[s]);
        c_bands: cover (order && permit[4]);
        c_commit: cover (was_commit && is_now != was_now);
    end
endmodule
