// The write bursts of `dma_c2h`: AXI4 valid/ready on both channels, four beats a line. Bound to its writer.
module dma_writer_fv (
    input clock,
    input reset,
    input take,
    input ready,
    input [63:0] address,
    input [511:0] line,
    input accepted,
    input [63:0] m_axi_awaddr,
    input m_axi_awvalid,
    input m_axi_awready,
    input [127:0] m_axi_wdata,
    input m_axi_wlast,
    input m_axi_wvalid,
    input m_axi_wready,
    input [1:0] beat_q,
    input [511:0] held_line_q
);
    reg was_reset = 1, was_aw = 0, was_w = 0, was_last = 0;
    reg [63:0] was_address = 0, wanted_address = 0;
    reg [127:0] was_data = 0;
    reg [511:0] wanted = 0;
    // Beats that are still owed, and an address.
    reg [2:0] beats = 0;
    reg owes = 0;

    always @(posedge clock) begin
        was_reset <= reset;
        was_aw <= m_axi_awvalid && !m_axi_awready;
        was_w <= m_axi_wvalid && !m_axi_wready;
        was_address <= m_axi_awaddr;
        was_data <= m_axi_wdata;
        was_last <= m_axi_wlast;
        if (m_axi_awvalid && m_axi_awready) owes <= 0;
        if (m_axi_wvalid && m_axi_wready) {beats, wanted} <= {beats - 3'd1, wanted >> 128};
        if (take) {owes, beats, wanted_address, wanted} <= {1'b1, 3'd4, address, line};
        if (reset) {owes, beats} <= 0;
    end

    always @(*) if (take) assume (ready);

    always @(*) begin
        aw_stable: assert (was_reset || !was_aw || (m_axi_awvalid && m_axi_awaddr == was_address));
        w_stable: assert (was_reset || !was_w || (m_axi_wvalid && m_axi_wdata == was_data && m_axi_wlast == was_last));
        address_once: assert (m_axi_awvalid == owes && (!owes || m_axi_awaddr == wanted_address));
        four_beats: assert (m_axi_wvalid == (beats != 0) && (beats == 0 || m_axi_wlast == (beats == 1)));
        data_in_order: assert (beats == 0 || m_axi_wdata == wanted[127:0]);
        i_beats: assert (beats == 0 || (beats <= 4 && beat_q + beats == 4 && held_line_q == wanted));
        c_line: cover (m_axi_wvalid && m_axi_wready && m_axi_wlast && was_w && !owes);
        c_back_to_back: cover (take && accepted);
    end
endmodule
