//! Regions of the card and the windows of them that are shared memory.

use super::connection::{Connection, Reply};
use super::message::{Body, Command, u16_at, u32_at, u64_at};
use crate::PcieError;
use crate::volatile::Mapping;

/// Region numbers of a PCI function.
pub(super) mod number {
    pub(crate) const BAR0: u32 = 0;
    pub(crate) const BAR2: u32 = 2;
    pub(crate) const CONFIG: u32 = 7;
}

/// `vfio_region_info`: {argsz, flags, index, cap_offset, size u64, offset u64}.
const INFO_BYTES: u32 = 32;
const ARGSZ: u32 = 4096;
const FLAG_MMAP: u32 = 1 << 2;
const FLAG_CAPS: u32 = 1 << 3;
const CAP_SPARSE_MMAP: u16 = 1;
/// More windows than any card has.
const AREAS_MAX: u32 = 64;
/// More capabilities than any region has.
const CAPS_MAX: usize = 16;

/// A part of a region that is shared memory: a store into it needs no message.
#[derive(Debug)]
pub(super) struct Window {
    start: u64,
    mapping: Mapping,
}

/// A region.
#[derive(Debug)]
pub(super) struct Region {
    pub(super) index: u32,
    pub(super) size: u64,
    windows: Vec<Window>,
}

impl Region {
    /// Asks the card for it.
    pub(super) fn ask(connection: &mut Connection, index: u32) -> Result<Self, PcieError> {
        let body = Body::default().u32(ARGSZ).u32(0).u32(index).u32(0).u64(0).u64(0);
        let reply = connection.request(Command::GetRegionInfo, &body.done(), &[])?;
        parse(index, &reply)
    }

    /// The window that holds `bytes` bytes at `offset`, with the offset in it.
    pub(super) fn window(&self, offset: u64, bytes: usize) -> Option<(&Mapping, usize)> {
        self.windows.iter().find_map(|window| {
            let at = usize::try_from(offset.checked_sub(window.start)?).ok()?;
            let fits = at.checked_add(bytes)? <= window.mapping.len();
            fits.then_some((&window.mapping, at))
        })
    }
}

fn parse(index: u32, reply: &Reply) -> Result<Region, PcieError> {
    let wrong = |what: &str| Command::GetRegionInfo.protocol(format!("region {index}: {what}"));
    let info = &reply.body;
    let short = || wrong("a short answer");
    let flags = u32_at(info, 4).ok_or_else(short)?;
    let size = u64_at(info, 16).ok_or_else(short)?;
    let offset = u64_at(info, 24).ok_or_else(short)?;
    if u32_at(info, 8) != Some(index) {
        return Err(wrong("an answer about another region"));
    }
    let mut areas = vec![(0, size)];
    if flags & FLAG_CAPS != 0
        && let Some(sparse) = sparse_areas(info).map_err(|what| wrong(&what))?
    {
        areas = sparse;
    }
    let mut windows = Vec::new();
    if flags & FLAG_MMAP != 0
        && let Some(file) = reply.files.first()
    {
        for (start, len) in areas.into_iter().filter(|(_, len)| *len > 0) {
            let outside = start.checked_add(len).is_none_or(|end| end > size);
            let at = offset.checked_add(start).filter(|_| !outside);
            let (Some(at), Ok(len)) = (at, usize::try_from(len)) else {
                return Err(wrong("a window outside the region"));
            };
            let file_len = file.metadata().map_or(0, |m| m.len());
            if at.checked_add(len as u64).is_none_or(|end| end > file_len) {
                return Err(wrong("a window beyond the end of its file"));
            }
            let mapping = Mapping::of(file, at, len).map_err(|error| wrong(&error.to_string()))?;
            windows.push(Window { start, mapping });
        }
    }
    Ok(Region { index, size, windows })
}

/// The areas of the sparse mmap capability, if there is one.
fn sparse_areas(info: &[u8]) -> Result<Option<Vec<(u64, u64)>>, String> {
    let mut at = u32_at(info, 12).unwrap_or(0);
    for _ in 0..CAPS_MAX {
        if at == 0 {
            return Ok(None);
        }
        if at < INFO_BYTES {
            return Err("a capability inside the region information".into());
        }
        let start = usize::try_from(at).map_err(|e| e.to_string())?;
        let cut = || "a capability beyond the end".to_owned();
        let (id, next) = (
            u16_at(info, start).ok_or_else(cut)?,
            u32_at(info, start + 4).ok_or_else(cut)?,
        );
        if id == CAP_SPARSE_MMAP {
            let count = u32_at(info, start + 8).ok_or_else(cut)?;
            if count > AREAS_MAX {
                return Err(format!("{count} windows"));
            }
            let areas = (0..count as usize).map(|i| {
                let area = start + 16 + 16 * i;
                Some((u64_at(info, area)?, u64_at(info, area + 8)?))
            });
            return areas.collect::<Option<Vec<_>>>().map(Some).ok_or_else(cut);
        }
        at = next;
    }
    Err("capabilities without an end".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(flags: u32, cap_offset: u32, size: u64, rest: &[u8]) -> Vec<u8> {
        let body = Body::default()
            .u32(ARGSZ)
            .u32(flags)
            .u32(2)
            .u32(cap_offset)
            .u64(size)
            .u64(0);
        body.bytes(rest).done()
    }

    fn sparse(areas: &[(u64, u64)]) -> Vec<u8> {
        let count = u32::try_from(areas.len()).expect("few");
        let head = Body::default()
            .u16(CAP_SPARSE_MMAP)
            .u16(1)
            .u32(0)
            .u32(count)
            .u32(0);
        areas
            .iter()
            .fold(head, |b, (at, len)| b.u64(*at).u64(*len))
            .done()
    }

    fn region(body: Vec<u8>, file_bytes: Option<usize>) -> Result<Region, PcieError> {
        let files = file_bytes.map(|n| crate::memory::memfd(n, false).expect("memfd"));
        let files = files.into_iter().collect();
        parse(2, &Reply { body, files })
    }

    #[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
    #[test]
    fn windows_are_where_the_card_says() {
        let r = region(
            info(FLAG_MMAP | FLAG_CAPS, 32, 0x10000, &sparse(&[(0x1000, 0x2000)])),
            Some(0x10000),
        );
        let r = r.expect("a region");
        let found = r.window(0x1fc0, 64).map(|(m, at)| (m.len(), at));
        assert_eq!(found, Some((0x2000, 0xfc0)));
        assert!(r.window(0xfc0, 64).is_none() && r.window(0x2fe0, 64).is_none());
        let whole = region(info(FLAG_MMAP, 0, 0x1000, &[]), Some(0x1000)).expect("a region");
        assert!(whole.window(0, 0x1000).is_some());
        let trapped = region(info(0, 0, 0x1000, &[]), None).expect("a region");
        assert!(trapped.window(0, 64).is_none());
    }

    #[cfg_attr(miri, ignore = "Miri has no memfd_create and maps no files")]
    #[test]
    fn nonsense_is_refused_in_words() {
        let good = sparse(&[(0, 0x1000)]);
        let cases = [
            (vec![0; 12], Some(0x1000), "short"),
            (
                info(FLAG_MMAP | FLAG_CAPS, 16, 0x1000, &good),
                Some(0x1000),
                "inside",
            ),
            (
                info(FLAG_MMAP | FLAG_CAPS, 400, 0x1000, &good),
                Some(0x1000),
                "beyond the end",
            ),
            (
                info(FLAG_MMAP | FLAG_CAPS, 32, 0x1000, &good[..20]),
                Some(0x1000),
                "beyond the end",
            ),
            (
                info(FLAG_MMAP | FLAG_CAPS, 32, 0x1000, &sparse(&[(0x800, 0x1000)])),
                Some(0x2000),
                "outside",
            ),
            (
                info(FLAG_MMAP | FLAG_CAPS, 32, 0x2000, &sparse(&[(0, 0x2000)])),
                Some(0x1000),
                "end of its file",
            ),
            (
                info(FLAG_MMAP | FLAG_CAPS, 32, 0x2000, &sparse(&[(u64::MAX, 2)])),
                Some(0x1000),
                "outside",
            ),
        ];
        for (body, file, expected) in cases {
            let said = region(body, file).expect_err("nonsense").to_string();
            assert!(said.contains(expected), "{said}");
        }
        let mut endless = good.clone();
        endless[0] = 9;
        endless[4] = 32;
        let said = region(info(FLAG_CAPS, 32, 0x1000, &endless), None)
            .expect_err("a loop")
            .to_string();
        assert!(said.contains("without an end"), "{said}");
    }
}
