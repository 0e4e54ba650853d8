//! A compiled model, and an ensemble of them, evaluates rows without allocating.

use model::synth::{self, Act, Trees};
use model::{Ensemble, Isa, Plan};

#[global_allocator]
static ALLOCATOR: alloc_count::Counting = alloc_count::Counting;

#[test]
fn rows_allocate_nothing() {
    let plan = |bytes: &[u8]| Plan::compile(bytes, "generated", Isa::widest()).expect("compiles");
    let deep = Trees {
        depth: 8,
        trees: 6,
        ..Trees::GBDT
    };
    let members = [
        synth::dense(1, &[32, 32, 16, 3], Act::Relu),
        synth::quantised(2, &[64, 32, 3], false),
        synth::trees(3, &Trees::GBDT),
        synth::trees(4, &deep),
    ];
    let mut plans: Vec<_> = members.iter().map(|bytes| plan(bytes)).collect();
    let together = plans.iter().map(|p| (p.clone(), 1.0, 0)).collect();
    let above = plan(&synth::dense(5, &[12, 3], Act::Tanh));
    let mut ensemble = Ensemble::of(together, Some(above)).expect("an ensemble");
    let (row, mut out) = ([0.25f32; 64], [0f32; 3]);
    let (done, count) = alloc_count::during(|| {
        let mut done = true;
        for _ in 0..100 {
            for plan in &mut plans {
                done &= plan.evaluate(&row[..plan.inputs()], &mut out).is_ok();
            }
            done &= ensemble.evaluate(&row, &mut out).is_ok();
        }
        done
    });
    assert!(done);
    assert_eq!(count, 0);
}
