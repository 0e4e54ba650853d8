//! `MOVDIR64B` on a CPU without it, for tests: its invalid-opcode trap is taken, the bytes are stored, the program goes on
//! behind the instruction. Any other illegal instruction ends the process as it would without this.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Instructions taken since the process began.
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Takes the trap until dropped. One at a time: the trap's handler belongs to the process.
pub(super) struct Emulator {
    before: libc::sigaction,
    taken: usize,
}

impl Emulator {
    pub(super) fn install() -> Self {
        let handler: extern "C" fn(libc::c_int, *mut libc::siginfo_t, *mut libc::c_void) = trap;
        // SAFETY: a `sigaction` of zeroes is one without handler, flags and mask; both pointers are to such on this stack.
        let before = unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            let mut before: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as usize;
            action.sa_flags = libc::SA_SIGINFO;
            assert_eq!(
                libc::sigaction(libc::SIGILL, &raw const action, &raw mut before),
                0
            );
            before
        };
        let taken = TAKEN.load(Ordering::SeqCst);
        Self { before, taken }
    }

    /// Whether the instruction traps here: tried once, with one of its own. A hypervisor that hides it from CPUID cannot keep it from being executed.
    pub(super) fn is_needed(&self) -> bool {
        #[repr(align(64))]
        struct Line([u8; 64]);
        let (from, mut to) = (Line([1; 64]), Line([0; 64]));
        let before = self.taken();
        // SAFETY: both are 64 bytes, aligned; the CPU has the instruction or the handler that `install` has put there takes its trap.
        unsafe {
            std::arch::asm!(
                "movdir64b {to}, [{from}]",
                "sfence",
                to = in(reg) to.0.as_mut_ptr(),
                from = in(reg) from.0.as_ptr(),
                options(nostack, preserves_flags)
            );
        }
        assert_eq!(to.0, from.0);
        self.taken() > before
    }

    /// Instructions taken since it was installed.
    pub(super) fn taken(&self) -> usize {
        TAKEN.load(Ordering::SeqCst) - self.taken
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        // SAFETY: what the kernel gave out as the handler before is a handler.
        unsafe { libc::sigaction(libc::SIGILL, &raw const self.before, std::ptr::null_mut()) };
    }
}

extern "C" fn trap(_signal: libc::c_int, _info: *mut libc::siginfo_t, context: *mut libc::c_void) {
    // SAFETY: the kernel passes the state of the interrupted thread, which stands still meanwhile. Its RIP is at the instruction that
    // trapped: no instruction is longer than 15 bytes, and text is followed by more than that. The operands are those of
    // `direct_store`, whose caller vouches for them. Only plain loads and stores: all of it may be done in a handler.
    unsafe {
        let state = &mut (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs;
        let rip = state[register(libc::REG_RIP)].cast_unsigned() as *const u8;
        let code: [u8; 15] = std::array::from_fn(|i| rip.add(i).read());
        let Some(found) = Instruction::decode(&code) else {
            libc::signal(libc::SIGILL, libc::SIG_DFL);
            return;
        };
        let value = |number: u8| state[register(GENERAL[usize::from(number)])];
        let from = value(found.base).wrapping_add(found.displacement) as *const u64;
        let to = value(found.to) as *mut u64;
        for word in 0..8 {
            to.add(word).write_volatile(from.add(word).read_unaligned());
        }
        state[register(libc::REG_RIP)] += found.length;
        TAKEN.fetch_add(1, Ordering::SeqCst);
    }
}

fn register(number: libc::c_int) -> usize {
    usize::try_from(number).expect("an index")
}

/// The general registers as instructions number them.
const GENERAL: [libc::c_int; 16] = [
    libc::REG_RAX,
    libc::REG_RCX,
    libc::REG_RDX,
    libc::REG_RBX,
    libc::REG_RSP,
    libc::REG_RBP,
    libc::REG_RSI,
    libc::REG_RDI,
    libc::REG_R8,
    libc::REG_R9,
    libc::REG_R10,
    libc::REG_R11,
    libc::REG_R12,
    libc::REG_R13,
    libc::REG_R14,
    libc::REG_R15,
];

/// `66 [REX] 0F 38 F8 /r` with a base register and a displacement of none or 8 bits (Intel SDM, MOVDIR64B).
#[derive(Debug, PartialEq, Eq)]
struct Instruction {
    /// Register of the destination's address.
    to: u8,
    /// Register of the source's address.
    base: u8,
    displacement: i64,
    length: i64,
}

impl Instruction {
    fn decode(code: &[u8; 15]) -> Option<Self> {
        if code[0] != 0x66 {
            return None;
        }
        let rex = if code[1] & 0xf0 == 0x40 { code[1] } else { 0 };
        let mut at = if rex == 0 { 1 } else { 2 };
        if code[at..at + 3] != [0x0f, 0x38, 0xf8] {
            return None;
        }
        let modrm = code[at + 3];
        at += 4;
        let mut base = modrm & 7;
        if base == 4 {
            // A scaled index of none, with the base in its own byte: how RSP and R12 are written.
            if code[at] & 0x38 != 0x20 {
                return None;
            }
            base = code[at] & 7;
            at += 1;
        }
        let displacement = match modrm >> 6 {
            // RIP-relative, or an absolute address.
            0 if base == 5 => return None,
            0 => 0,
            1 => {
                at += 1;
                i64::from(code[at - 1].cast_signed())
            }
            _ => return None,
        };
        Some(Self {
            to: modrm >> 3 & 7 | (rex & 4) << 1,
            base: base | (rex & 1) << 3,
            displacement,
            length: i64::try_from(at).expect("at most 8"),
        })
    }
}

#[test]
fn instructions_are_told_apart() {
    let decode = |bytes: &[u8]| {
        let mut code = [0x90; 15];
        code[..bytes.len()].copy_from_slice(bytes);
        Instruction::decode(&code)
    };
    let is = |to, base, displacement, length| {
        Some(Instruction {
            to,
            base,
            displacement,
            length,
        })
    };
    // As GNU as writes them: movdir64b rax, [rdx]; r9, [r12]; rcx, [rbp+0]; r13, [rsp-8].
    assert_eq!(decode(&[0x66, 0x0f, 0x38, 0xf8, 0x02]), is(0, 2, 0, 5));
    assert_eq!(
        decode(&[0x66, 0x45, 0x0f, 0x38, 0xf8, 0x0c, 0x24]),
        is(9, 12, 0, 7)
    );
    assert_eq!(decode(&[0x66, 0x0f, 0x38, 0xf8, 0x4d, 0x00]), is(1, 5, 0, 6));
    assert_eq!(
        decode(&[0x66, 0x44, 0x0f, 0x38, 0xf8, 0x6c, 0x24, 0xf8]),
        is(13, 4, -8, 8)
    );
    // Others: MOVDIRI, UD2, an address relative to RIP.
    assert_eq!(decode(&[0x0f, 0x38, 0xf9, 0x02]), None);
    assert_eq!(decode(&[0x0f, 0x0b]), None);
    assert_eq!(decode(&[0x66, 0x0f, 0x38, 0xf8, 0x05, 0, 0, 0, 0]), None);
}
