//! A row is evaluated without allocating.

use kernels::{
    Activation, Codes, Forest, Isa, Layer, Mlp, Node, Output, Post, QuantLayer, QuantMlp, RankTable,
    SparseForest, Tree, TreeSpec,
};

#[global_allocator]
static ALLOCATOR: alloc_count::Counting = alloc_count::Counting;

fn spec() -> TreeSpec {
    let split = |left: usize| Node::Split {
        column: left % 5,
        below: 0.1 * left as f32,
        left,
        right: left + 1,
    };
    let leaf = |target: usize| Node::Leaf(vec![(target, 0.5)]);
    let tree = |t: usize| Tree {
        nodes: vec![
            split(1),
            split(3),
            split(5),
            leaf(t % 3),
            leaf(t % 3),
            leaf(t % 3),
            leaf(t % 3),
        ],
    };
    TreeSpec {
        columns: 5,
        targets: 3,
        base: vec![],
        trees: (0..70).map(tree).collect(),
        post: Post::Softmax,
    }
}

#[test]
fn rows_allocate_nothing() {
    let layer = |inputs: usize, outputs: usize| Layer {
        inputs,
        weights: vec![0.25; inputs * outputs],
        bias: vec![0.1; outputs],
        activation: Activation::Identity,
    };
    let int = QuantLayer {
        inputs: 5,
        codes: Codes {
            scale: 0.1,
            zero: 128,
        },
        weights: vec![3; 15],
        weight_scale: vec![0.01; 3],
        bias: vec![1; 3],
        offset: vec![0.0; 3],
        activation: Activation::Identity,
    };
    let (row, mut out, mut ranks) = ([0.3f32, -0.2, 0.9, 1.4, -2.0], [0f32; 3], [0u8; 5]);
    for isa in Isa::available() {
        let mut dense = Mlp::new(&[layer(5, 33), layer(33, 3)], Output::Softmax, isa).expect("packs");
        let mut quant = QuantMlp::new(std::slice::from_ref(&int), Output::Softmax, isa).expect("packs");
        let table = RankTable::new(spec().edges(), isa).expect("packs");
        let mut forest = Forest::new(&spec(), &table, isa).expect("packs");
        let mut sparse = SparseForest::new(&spec()).expect("packs");
        let before = alloc_count::so_far();
        for _ in 0..100 {
            let done = dense.evaluate(&row, &mut out).is_ok()
                & quant.evaluate(&row, &mut out).is_ok()
                & table.rank(&row, &mut ranks).is_ok()
                & forest.evaluate(&ranks, &mut out).is_ok()
                & sparse.evaluate(&row, &mut out).is_ok();
            assert!(done);
        }
        assert_eq!(alloc_count::so_far() - before, 0, "{isa:?}");
    }
}
