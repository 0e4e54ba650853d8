//! Receiver of the order connection: every message type at every split of the stream, orders coming and going meanwhile, against the golden model.

#[path = "ouch_rx/messages.rs"]
mod messages;
#[path = "ouch_rx/world.rs"]
mod world;

use gateware::emit::Size;
use testbench::golden::ouch_rx::Order;
use testbench::{Bench, Verdict};
use world::World;

fn random(bench: &mut Bench, messages: u32) -> Verdict {
    let mut world = World::new(bench);
    for round in 0..messages / 50 {
        let rng = &mut world.bench.rng;
        world.valid_percent = *rng.pick(&[100, 100, 30]);
        world.ready_percent = *rng.pick(&[100, 60, 10]);
        world.dense = rng.percent(50);
        world.grant_percent = *rng.pick(&[2, 10, 100]);
        for _ in 0..50 {
            messages::push(&mut world);
        }
        world.drain()?;
        if round % 3 == 2 {
            world.restart()?;
        }
        if round % 8 == 7 {
            world.reset()?;
        }
    }
    let text = format!("the stimulus misses cases: {:?}", world.seen);
    let enough = world.seen.all();
    world.bench.check(enough, || text)
}

/// Around what is left: one less, all, one more, the ends of a number.
fn shares(world: &mut World<'_>) -> Verdict {
    for (left, taken) in [
        (100, 99),
        (100, 100),
        (100, 101),
        (100, 0),
        (1, u32::MAX),
        (u32::MAX, u32::MAX),
        (u32::MAX, 0x7fff_ffff),
        (u32::MAX, 0x8000_0000),
    ] {
        for kind in *b"ACDEM" {
            for buy in [false, true] {
                let user_ref = world.grant(left, buy)?;
                let message = messages::about(world, kind, user_ref, taken);
                world.sequenced(&message);
                world.drain()?;
            }
        }
    }
    Ok(())
}

/// What a Replaced leaves, of every pair of what both orders had.
fn replaced(world: &mut World<'_>) -> Verdict {
    for (old, added) in [(100, 0), (100, 50), (0, 10), (u32::MAX, u32::MAX)] {
        let total = u64::from(old) + u64::from(added);
        for open in [0, 1, total - 1, total, total + 1] {
            for dead in [false, true] {
                let buy = world.bench.rng.percent(50);
                world.jump();
                let was = world.grant(old, buy)?;
                let is = world.grant(added, buy)?;
                let open = u32::try_from(open).unwrap_or(u32::MAX);
                let message = messages::replaced(world, [was, is], open, dead);
                world.sequenced(&message);
                let message = messages::about(world, b'E', is, 1);
                world.sequenced(&message);
                let message = messages::about(world, b'J', was, 1);
                world.sequenced(&message);
                world.drain()?;
            }
        }
    }
    Ok(())
}

/// A grant takes over an order's place in every cycle of a message about that order: the new order keeps all of its shares.
fn taken_over(world: &mut World<'_>) -> Verdict {
    for at in 0..40 {
        for kind in *b"EJU" {
            let old = world.grant(70, true)?;
            let is = world.grant(20, true)?;
            let message = if kind == b'U' {
                messages::replaced(world, [old, is], 60, false)
            } else {
                messages::about(world, kind, is, 5)
            };
            world.sequenced(&message);
            world.stop_before_end()?;
            for _ in 0..at {
                world.idle();
            }
            let next = is + world.places();
            world.take_over(Order {
                user_ref: next,
                slot: 1,
                buy: false,
                left: 500,
                counts: true,
            });
            for _ in 0..60 {
                world.idle();
            }
            world.forget_pending(is);
            let message = messages::about(world, b'C', next, 499);
            world.sequenced(&message);
            world.drain()?;
            let message = messages::about(world, b'E', next, 1);
            world.sequenced(&message);
            world.drain()?;
        }
    }
    Ok(())
}

/// A reset forgets the orders of every place.
fn swept(world: &mut World<'_>) -> Verdict {
    for _ in 0..4 {
        let mut gone = Vec::new();
        for at in [0, 1, world.places() - 1, world.places() / 2] {
            world.jump_to(at);
            gone.push(world.grant(10, true)?);
        }
        world.drain()?;
        world.reset()?;
        for user_ref in gone {
            let message = messages::about(world, b'E', user_ref, 1);
            world.sequenced(&message);
        }
        world.drain()?;
    }
    Ok(())
}

/// Messages asked for again count once; skipped ones are told; the host's word goes before all.
fn numbers(world: &mut World<'_>) -> Verdict {
    for next in [1, 9, 10, 999_999, 0xffff_fffe, 0, 4_294_967_290, 1_234_567_890] {
        world.set_next(next)?;
        world.restart()?;
        for back in [0, 1, 2, 5] {
            let user_ref = world.grant(100, true)?;
            for _ in 0..4 {
                let message = messages::about(world, b'E', user_ref, 10);
                world.sequenced(&message);
            }
            world.drain()?;
            world.restart()?;
            world.login(world.next_message().wrapping_sub(back).into());
            for _ in 0..4 {
                let message = messages::about(world, b'E', user_ref, 10);
                world.sequenced(&message);
            }
            world.drain()?;
        }
        world.login(world.next_message().wrapping_add(3).into());
        world.drain()?;
        // A login without digits is of message 0.
        world.packet(b'A', &[b' '; 30]);
        world.drain()?;
        world.restart()?;
    }
    // Within a stream: one message is passed over, the others count.
    let user_ref = world.grant(100, false)?;
    let next = world.next_message();
    world.set_next(next.wrapping_add(1))?;
    for _ in 0..3 {
        let message = messages::about(world, b'E', user_ref, 10);
        world.sequenced(&message);
    }
    world.drain()?;
    world.set_next(1)?;
    world.restart()
}

/// A reset in every cycle of a login that skips messages: nothing of it is counted.
fn forgotten(world: &mut World<'_>) -> Verdict {
    for cycles in 50..90 {
        world.login(world.next_message().wrapping_add(3).into());
        world.sequenced(b"B");
        world.sequenced(b"E");
        world.run(cycles)?;
        world.reset_now()?;
    }
    Ok(())
}

/// The host begins a connection anew in every cycle around a login that skips messages: what was of the old one is not told behind it.
fn begun_anew(world: &mut World<'_>) -> Verdict {
    for cycles in 30..100 {
        world.login(world.next_message().wrapping_add(3).into());
        world.run(cycles)?;
        world.restart_now()?;
        world.run(20)?;
    }
    Ok(())
}

fn directed(bench: &mut Bench) -> Verdict {
    let mut world = World::new(bench);
    numbers(&mut world)?;
    begun_anew(&mut world)?;
    forgotten(&mut world)?;
    shares(&mut world)?;
    replaced(&mut world)?;
    swept(&mut world)?;
    taken_over(&mut world)
}

#[test]
fn against_golden() {
    testbench::run_seeds("ouch_rx", Size::Small, 1..=4, |bench| random(bench, 1_500));
}

#[test]
fn edges() {
    testbench::run("ouch_rx", Size::Small, directed);
}

testbench::mutants!("ouch_rx", Size::Small, 40, 1, |bench| {
    random(bench, 900)?;
    directed(bench)
});
