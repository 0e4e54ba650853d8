// The core within its shell, joined by `synth::join`: do not edit.
module tickforge_card (
    input wire [31:0] build_id,
    input wire reset,
    input wire rx_a_clock,
    input wire [63:0] rx_a_tdata,
    input wire [7:0] rx_a_tkeep,
    input wire rx_a_tvalid,
    input wire rx_a_tlast,
    input wire rx_a_tuser,
    output wire rx_a_lost,
    input wire rx_b_clock,
    input wire [63:0] rx_b_tdata,
    input wire [7:0] rx_b_tkeep,
    input wire rx_b_tvalid,
    input wire rx_b_tlast,
    input wire rx_b_tuser,
    output wire rx_b_lost,
    input wire rx_o_clock,
    input wire [63:0] rx_o_tdata,
    input wire [7:0] rx_o_tkeep,
    input wire rx_o_tvalid,
    input wire rx_o_tlast,
    input wire rx_o_tuser,
    output wire rx_o_lost,
    input wire tx_clock,
    output wire [63:0] tx_tdata,
    output wire [7:0] tx_tkeep,
    output wire tx_tvalid,
    input wire tx_tready,
    output wire tx_tlast,
    output wire tx_tuser,
    output wire tx_underrun,
    input wire host_clock,
    input wire bus_master,
    input wire [15:0] s_axil_awaddr,
    input wire s_axil_awvalid,
    output wire s_axil_awready,
    input wire [31:0] s_axil_wdata,
    input wire [3:0] s_axil_wstrb,
    input wire s_axil_wvalid,
    output wire s_axil_wready,
    output wire [1:0] s_axil_bresp,
    output wire s_axil_bvalid,
    input wire s_axil_bready,
    input wire [15:0] s_axil_araddr,
    input wire s_axil_arvalid,
    output wire s_axil_arready,
    output wire [31:0] s_axil_rdata,
    output wire [1:0] s_axil_rresp,
    output wire s_axil_rvalid,
    input wire s_axil_rready,
    input wire [15:0] s_axi_awaddr,
    input wire [7:0] s_axi_awlen,
    input wire [2:0] s_axi_awsize,
    input wire [1:0] s_axi_awburst,
    input wire s_axi_awvalid,
    output wire s_axi_awready,
    input wire [63:0] s_axi_wdata,
    input wire [7:0] s_axi_wstrb,
    input wire s_axi_wlast,
    input wire s_axi_wvalid,
    output wire s_axi_wready,
    output wire [1:0] s_axi_bresp,
    output wire s_axi_bvalid,
    input wire s_axi_bready,
    output wire [63:0] m_axi_awaddr,
    output wire [7:0] m_axi_awlen,
    output wire [2:0] m_axi_awsize,
    output wire [1:0] m_axi_awburst,
    output wire m_axi_awvalid,
    input wire m_axi_awready,
    output wire [127:0] m_axi_wdata,
    output wire [15:0] m_axi_wstrb,
    output wire m_axi_wlast,
    output wire m_axi_wvalid,
    input wire m_axi_wready,
    input wire [1:0] m_axi_bresp,
    input wire m_axi_bvalid,
    output wire m_axi_bready,
    output wire irq_kill,
    output wire irq_event,
    input wire core_clock
);
    wire core_reset;
    wire [63:0] core_rx_a_tdata;
    wire [7:0] core_rx_a_tkeep;
    wire core_rx_a_tvalid;
    wire core_rx_a_tlast;
    wire core_rx_a_tuser;
    wire [63:0] core_rx_b_tdata;
    wire [7:0] core_rx_b_tkeep;
    wire core_rx_b_tvalid;
    wire core_rx_b_tlast;
    wire core_rx_b_tuser;
    wire [63:0] core_rx_o_tdata;
    wire [7:0] core_rx_o_tkeep;
    wire core_rx_o_tvalid;
    wire core_rx_o_tlast;
    wire core_rx_o_tuser;
    wire [63:0] core_tx_tdata;
    wire [7:0] core_tx_tkeep;
    wire core_tx_tvalid;
    wire core_tx_tready;
    wire core_tx_tlast;
    wire core_tx_tuser;
    wire core_bus_master;
    wire [15:0] core_axil_awaddr;
    wire core_axil_awvalid;
    wire core_axil_awready;
    wire [31:0] core_axil_wdata;
    wire [3:0] core_axil_wstrb;
    wire core_axil_wvalid;
    wire core_axil_wready;
    wire [1:0] core_axil_bresp;
    wire core_axil_bvalid;
    wire core_axil_bready;
    wire [15:0] core_axil_araddr;
    wire core_axil_arvalid;
    wire core_axil_arready;
    wire [31:0] core_axil_rdata;
    wire [1:0] core_axil_rresp;
    wire core_axil_rvalid;
    wire core_axil_rready;
    wire [15:0] core_axi_awaddr;
    wire [7:0] core_axi_awlen;
    wire [2:0] core_axi_awsize;
    wire [1:0] core_axi_awburst;
    wire core_axi_awvalid;
    wire core_axi_awready;
    wire [63:0] core_axi_wdata;
    wire [7:0] core_axi_wstrb;
    wire core_axi_wlast;
    wire core_axi_wvalid;
    wire core_axi_wready;
    wire [1:0] core_axi_bresp;
    wire core_axi_bvalid;
    wire core_axi_bready;
    wire [63:0] core_dma_awaddr;
    wire [7:0] core_dma_awlen;
    wire [2:0] core_dma_awsize;
    wire [1:0] core_dma_awburst;
    wire core_dma_awvalid;
    wire core_dma_awready;
    wire [127:0] core_dma_wdata;
    wire [15:0] core_dma_wstrb;
    wire core_dma_wlast;
    wire core_dma_wvalid;
    wire core_dma_wready;
    wire [1:0] core_dma_bresp;
    wire core_dma_bvalid;
    wire core_dma_bready;
    wire [3:0] core_shell_count;
    wire core_irq_kill;
    wire core_irq_event;
    shell shell (
        .reset(reset),
        .rx_a_clock(rx_a_clock),
        .rx_a_tdata(rx_a_tdata),
        .rx_a_tkeep(rx_a_tkeep),
        .rx_a_tvalid(rx_a_tvalid),
        .rx_a_tlast(rx_a_tlast),
        .rx_a_tuser(rx_a_tuser),
        .rx_a_lost(rx_a_lost),
        .rx_b_clock(rx_b_clock),
        .rx_b_tdata(rx_b_tdata),
        .rx_b_tkeep(rx_b_tkeep),
        .rx_b_tvalid(rx_b_tvalid),
        .rx_b_tlast(rx_b_tlast),
        .rx_b_tuser(rx_b_tuser),
        .rx_b_lost(rx_b_lost),
        .rx_o_clock(rx_o_clock),
        .rx_o_tdata(rx_o_tdata),
        .rx_o_tkeep(rx_o_tkeep),
        .rx_o_tvalid(rx_o_tvalid),
        .rx_o_tlast(rx_o_tlast),
        .rx_o_tuser(rx_o_tuser),
        .rx_o_lost(rx_o_lost),
        .tx_clock(tx_clock),
        .tx_tdata(tx_tdata),
        .tx_tkeep(tx_tkeep),
        .tx_tvalid(tx_tvalid),
        .tx_tready(tx_tready),
        .tx_tlast(tx_tlast),
        .tx_tuser(tx_tuser),
        .tx_underrun(tx_underrun),
        .host_clock(host_clock),
        .bus_master(bus_master),
        .s_axil_awaddr(s_axil_awaddr),
        .s_axil_awvalid(s_axil_awvalid),
        .s_axil_awready(s_axil_awready),
        .s_axil_wdata(s_axil_wdata),
        .s_axil_wstrb(s_axil_wstrb),
        .s_axil_wvalid(s_axil_wvalid),
        .s_axil_wready(s_axil_wready),
        .s_axil_bresp(s_axil_bresp),
        .s_axil_bvalid(s_axil_bvalid),
        .s_axil_bready(s_axil_bready),
        .s_axil_araddr(s_axil_araddr),
        .s_axil_arvalid(s_axil_arvalid),
        .s_axil_arready(s_axil_arready),
        .s_axil_rdata(s_axil_rdata),
        .s_axil_rresp(s_axil_rresp),
        .s_axil_rvalid(s_axil_rvalid),
        .s_axil_rready(s_axil_rready),
        .s_axi_awaddr(s_axi_awaddr),
        .s_axi_awlen(s_axi_awlen),
        .s_axi_awsize(s_axi_awsize),
        .s_axi_awburst(s_axi_awburst),
        .s_axi_awvalid(s_axi_awvalid),
        .s_axi_awready(s_axi_awready),
        .s_axi_wdata(s_axi_wdata),
        .s_axi_wstrb(s_axi_wstrb),
        .s_axi_wlast(s_axi_wlast),
        .s_axi_wvalid(s_axi_wvalid),
        .s_axi_wready(s_axi_wready),
        .s_axi_bresp(s_axi_bresp),
        .s_axi_bvalid(s_axi_bvalid),
        .s_axi_bready(s_axi_bready),
        .m_axi_awaddr(m_axi_awaddr),
        .m_axi_awlen(m_axi_awlen),
        .m_axi_awsize(m_axi_awsize),
        .m_axi_awburst(m_axi_awburst),
        .m_axi_awvalid(m_axi_awvalid),
        .m_axi_awready(m_axi_awready),
        .m_axi_wdata(m_axi_wdata),
        .m_axi_wstrb(m_axi_wstrb),
        .m_axi_wlast(m_axi_wlast),
        .m_axi_wvalid(m_axi_wvalid),
        .m_axi_wready(m_axi_wready),
        .m_axi_bresp(m_axi_bresp),
        .m_axi_bvalid(m_axi_bvalid),
        .m_axi_bready(m_axi_bready),
        .irq_kill(irq_kill),
        .irq_event(irq_event),
        .core_clock(core_clock),
        .core_reset(core_reset),
        .core_rx_a_tdata(core_rx_a_tdata),
        .core_rx_a_tkeep(core_rx_a_tkeep),
        .core_rx_a_tvalid(core_rx_a_tvalid),
        .core_rx_a_tlast(core_rx_a_tlast),
        .core_rx_a_tuser(core_rx_a_tuser),
        .core_rx_b_tdata(core_rx_b_tdata),
        .core_rx_b_tkeep(core_rx_b_tkeep),
        .core_rx_b_tvalid(core_rx_b_tvalid),
        .core_rx_b_tlast(core_rx_b_tlast),
        .core_rx_b_tuser(core_rx_b_tuser),
        .core_rx_o_tdata(core_rx_o_tdata),
        .core_rx_o_tkeep(core_rx_o_tkeep),
        .core_rx_o_tvalid(core_rx_o_tvalid),
        .core_rx_o_tlast(core_rx_o_tlast),
        .core_rx_o_tuser(core_rx_o_tuser),
        .core_tx_tdata(core_tx_tdata),
        .core_tx_tkeep(core_tx_tkeep),
        .core_tx_tvalid(core_tx_tvalid),
        .core_tx_tready(core_tx_tready),
        .core_tx_tlast(core_tx_tlast),
        .core_tx_tuser(core_tx_tuser),
        .core_bus_master(core_bus_master),
        .core_axil_awaddr(core_axil_awaddr),
        .core_axil_awvalid(core_axil_awvalid),
        .core_axil_awready(core_axil_awready),
        .core_axil_wdata(core_axil_wdata),
        .core_axil_wstrb(core_axil_wstrb),
        .core_axil_wvalid(core_axil_wvalid),
        .core_axil_wready(core_axil_wready),
        .core_axil_bresp(core_axil_bresp),
        .core_axil_bvalid(core_axil_bvalid),
        .core_axil_bready(core_axil_bready),
        .core_axil_araddr(core_axil_araddr),
        .core_axil_arvalid(core_axil_arvalid),
        .core_axil_arready(core_axil_arready),
        .core_axil_rdata(core_axil_rdata),
        .core_axil_rresp(core_axil_rresp),
        .core_axil_rvalid(core_axil_rvalid),
        .core_axil_rready(core_axil_rready),
        .core_axi_awaddr(core_axi_awaddr),
        .core_axi_awlen(core_axi_awlen),
        .core_axi_awsize(core_axi_awsize),
        .core_axi_awburst(core_axi_awburst),
        .core_axi_awvalid(core_axi_awvalid),
        .core_axi_awready(core_axi_awready),
        .core_axi_wdata(core_axi_wdata),
        .core_axi_wstrb(core_axi_wstrb),
        .core_axi_wlast(core_axi_wlast),
        .core_axi_wvalid(core_axi_wvalid),
        .core_axi_wready(core_axi_wready),
        .core_axi_bresp(core_axi_bresp),
        .core_axi_bvalid(core_axi_bvalid),
        .core_axi_bready(core_axi_bready),
        .core_dma_awaddr(core_dma_awaddr),
        .core_dma_awlen(core_dma_awlen),
        .core_dma_awsize(core_dma_awsize),
        .core_dma_awburst(core_dma_awburst),
        .core_dma_awvalid(core_dma_awvalid),
        .core_dma_awready(core_dma_awready),
        .core_dma_wdata(core_dma_wdata),
        .core_dma_wstrb(core_dma_wstrb),
        .core_dma_wlast(core_dma_wlast),
        .core_dma_wvalid(core_dma_wvalid),
        .core_dma_wready(core_dma_wready),
        .core_dma_bresp(core_dma_bresp),
        .core_dma_bvalid(core_dma_bvalid),
        .core_dma_bready(core_dma_bready),
        .core_shell_count(core_shell_count),
        .core_irq_kill(core_irq_kill),
        .core_irq_event(core_irq_event)
    );
    top core (
        .build_id(build_id),
        .clock(core_clock),
        .reset(core_reset),
        .rx_a_tdata(core_rx_a_tdata),
        .rx_a_tkeep(core_rx_a_tkeep),
        .rx_a_tvalid(core_rx_a_tvalid),
        .rx_a_tlast(core_rx_a_tlast),
        .rx_a_tuser(core_rx_a_tuser),
        .rx_b_tdata(core_rx_b_tdata),
        .rx_b_tkeep(core_rx_b_tkeep),
        .rx_b_tvalid(core_rx_b_tvalid),
        .rx_b_tlast(core_rx_b_tlast),
        .rx_b_tuser(core_rx_b_tuser),
        .rx_o_tdata(core_rx_o_tdata),
        .rx_o_tkeep(core_rx_o_tkeep),
        .rx_o_tvalid(core_rx_o_tvalid),
        .rx_o_tlast(core_rx_o_tlast),
        .rx_o_tuser(core_rx_o_tuser),
        .tx_tdata(core_tx_tdata),
        .tx_tkeep(core_tx_tkeep),
        .tx_tvalid(core_tx_tvalid),
        .tx_tready(core_tx_tready),
        .tx_tlast(core_tx_tlast),
        .tx_tuser(core_tx_tuser),
        .bus_master(core_bus_master),
        .s_axil_awaddr(core_axil_awaddr),
        .s_axil_awvalid(core_axil_awvalid),
        .s_axil_awready(core_axil_awready),
        .s_axil_wdata(core_axil_wdata),
        .s_axil_wstrb(core_axil_wstrb),
        .s_axil_wvalid(core_axil_wvalid),
        .s_axil_wready(core_axil_wready),
        .s_axil_bresp(core_axil_bresp),
        .s_axil_bvalid(core_axil_bvalid),
        .s_axil_bready(core_axil_bready),
        .s_axil_araddr(core_axil_araddr),
        .s_axil_arvalid(core_axil_arvalid),
        .s_axil_arready(core_axil_arready),
        .s_axil_rdata(core_axil_rdata),
        .s_axil_rresp(core_axil_rresp),
        .s_axil_rvalid(core_axil_rvalid),
        .s_axil_rready(core_axil_rready),
        .s_axi_awaddr(core_axi_awaddr),
        .s_axi_awlen(core_axi_awlen),
        .s_axi_awsize(core_axi_awsize),
        .s_axi_awburst(core_axi_awburst),
        .s_axi_awvalid(core_axi_awvalid),
        .s_axi_awready(core_axi_awready),
        .s_axi_wdata(core_axi_wdata),
        .s_axi_wstrb(core_axi_wstrb),
        .s_axi_wlast(core_axi_wlast),
        .s_axi_wvalid(core_axi_wvalid),
        .s_axi_wready(core_axi_wready),
        .s_axi_bresp(core_axi_bresp),
        .s_axi_bvalid(core_axi_bvalid),
        .s_axi_bready(core_axi_bready),
        .m_axi_awaddr(core_dma_awaddr),
        .m_axi_awlen(core_dma_awlen),
        .m_axi_awsize(core_dma_awsize),
        .m_axi_awburst(core_dma_awburst),
        .m_axi_awvalid(core_dma_awvalid),
        .m_axi_awready(core_dma_awready),
        .m_axi_wdata(core_dma_wdata),
        .m_axi_wstrb(core_dma_wstrb),
        .m_axi_wlast(core_dma_wlast),
        .m_axi_wvalid(core_dma_wvalid),
        .m_axi_wready(core_dma_wready),
        .m_axi_bresp(core_dma_bresp),
        .m_axi_bvalid(core_dma_bvalid),
        .m_axi_bready(core_dma_bready),
        .shell_count(core_shell_count),
        .irq_kill(core_irq_kill),
        .irq_event(core_irq_event)
    );
endmodule
