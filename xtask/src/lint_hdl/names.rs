//! Names and shapes of fields that Verilog does not take.

use super::{Finding, Rule};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Fields, ItemStruct, Type};

/// Reserved words of Verilog and SystemVerilog that could be Rust field names.
const KEYWORDS: &str = "accept_on alias always always_comb always_ff always_latch and assert assign assume automatic before \
begin bind bins binsof bit break buf bufif0 bufif1 byte case casex casez cell chandle checker class clocking cmos \
config const constraint context continue cover covergroup coverpoint cross deassign default defparam design disable \
dist do edge else end endcase endchecker endclass endclocking endconfig endfunction endgenerate endgroup endinterface \
endmodule endpackage endprimitive endprogram endproperty endsequence endspecify endtable endtask enum event eventually \
expect export extends extern final first_match for force foreach forever fork forkjoin function generate genvar global \
highz0 highz1 if iff ifnone ignore_bins illegal_bins implements implies import incdir include initial inout input inside \
instance int integer interconnect interface intersect join join_any join_none large let liblist library local localparam \
logic longint macromodule matches medium modport module nand negedge nettype new nexttime nmos nor noshowcancelled not \
notif0 notif1 null or output package packed parameter pmos posedge primitive priority program property protected pull0 \
pull1 pulldown pullup pulsestyle_ondetect pulsestyle_onevent pure rand randc randcase randsequence rcmos real realtime \
ref reg reject_on release repeat restrict return rnmos rpmos rtran rtranif0 rtranif1 s_always s_eventually s_nexttime \
s_until s_until_with scalared sequence shortint shortreal showcancelled signed small soft solve specify specparam static \
string strong strong0 strong1 struct super supply0 supply1 sync_accept_on sync_reject_on table tagged task this throughout \
time timeprecision timeunit tran tranif0 tranif1 tri tri0 tri1 triand trior trireg type typedef union unique unique0 \
unsigned until until_with untyped use uwire var vectored virtual void wait wait_order wand weak weak0 weak1 while wildcard \
wire with within wor xnor xor";

/// Checks the structs of a file.
pub(super) fn check(file: &syn::File) -> Vec<Finding> {
    let mut checker = Checker { findings: Vec::new() };
    checker.visit_file(file);
    checker.findings
}

struct Checker {
    findings: Vec<Finding>,
}

impl<'a> Visit<'a> for Checker {
    fn visit_item_struct(&mut self, item: &'a ItemStruct) {
        let derives: String = item
            .attrs
            .iter()
            .map(|a| a.meta.to_token_stream().to_string())
            .collect();
        // The fields of a LogicStruct are printed as bit ranges, never by name.
        // The fields of a LogicStruct are printed as bit ranges, never by name.
        let is_hardware = ["LogicBlock", "LogicInterface"]
            .iter()
            .any(|d| derives.contains(d));
        if let Fields::Named(fields) = item.fields.clone()
            && is_hardware
        {
            for field in &fields.named {
                let name = field.ident.as_ref().map(ToString::to_string).unwrap_or_default();
                if KEYWORDS.split_whitespace().any(|k| k == name) {
                    self.add(
                        field.ident.span(),
                        name,
                        "a reserved word of (System)Verilog: choose another name",
                    );
                }
                if let Type::Array(array) = &field.ty
                    && matches!(*array.elem, Type::Array(_))
                {
                    let text = field.ty.to_token_stream().to_string();
                    self.add(field.ty.span(), text, "only one-dimensional arrays are printed");
                }
            }
        }
        visit::visit_item_struct(self, item);
    }
}

impl Checker {
    fn add(&mut self, span: proc_macro2::Span, text: String, remedy: &'static str) {
        self.findings.push(Finding {
            line: span.start().line,
            rule: Rule::Syntax,
            text,
            remedy,
        });
    }
}
