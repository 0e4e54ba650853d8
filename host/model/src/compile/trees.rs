//! TreeEnsembleClassifier and TreeEnsembleRegressor of `ai.onnx.ml`.

use std::collections::HashMap;

use kernels::{Node as TreeNode, Post, Tree, TreeSpec};

use super::Program;
use crate::graph::Graph;
use crate::proto::Node;

/// Attributes a node each.
struct Nodes<'a> {
    tree: &'a [i64],
    id: &'a [i64],
    column: &'a [i64],
    value: &'a [f32],
    mode: Vec<String>,
    yes: &'a [i64],
    no: &'a [i64],
}

/// Reads a graph whose first node is an ensemble.
pub(super) fn read(graph: &Graph, node: &Node) -> Result<Program, String> {
    let classifier = node.op_type == "TreeEnsembleClassifier";
    if node.has_suffix("_as_tensor") {
        return Err("trees in double precision".into());
    }
    let made = node
        .output
        .get(usize::from(classifier))
        .map_or("", String::as_str);
    let mut post = match node.text("post_transform", "NONE").as_str() {
        "NONE" => Post::Plain,
        "SOFTMAX" => Post::Softmax,
        "LOGISTIC" => Post::Logistic,
        other => return Err(format!("the transform {other}")),
    };
    let mut last = made;
    if !graph.outputs.iter().any(|o| o == made) {
        let next = graph.consumer(made)?;
        post = match (next.op_type.as_str(), post) {
            ("Identity", post) => post,
            ("Softmax", Post::Plain) => Post::Softmax,
            ("Sigmoid", Post::Plain) => Post::Logistic,
            (other, _) => return Err(format!("{other} behind trees")),
        };
        last = next.output.first().map_or("", String::as_str);
    }
    let others = graph
        .nodes
        .iter()
        .filter(|n| !n.output.iter().any(|o| o == last || o == made));
    if !graph.outputs.iter().any(|o| o == last) || others.count() > 0 {
        return Err("more than trees and a transform".into());
    }
    let labels = node
        .ints("classlabels_int64s")
        .len()
        .max(node.texts("classlabels_strings").len());
    let targets = if classifier {
        labels
    } else {
        usize::try_from(node.int("n_targets", 1)).unwrap_or(0)
    };
    let (trees, gap) = trees(node, classifier)?;
    let count = trees.len();
    let mut spec = TreeSpec {
        columns: graph.input.1,
        targets,
        base: node.floats("base_values").to_vec(),
        trees,
        post,
    };
    if classifier && !one_each(&spec) {
        return Err("two classes of one score".into());
    }
    match node.text("aggregate_function", "SUM").as_str() {
        "SUM" => {}
        "AVERAGE" => divide(&mut spec.trees, count as f32),
        other => return Err(format!("the {other} of trees")),
    }
    Ok(Program::Trees(spec, gap))
}

/// Whether each class has a score of its own: with two classes ONNX gives the second from the first's.
fn one_each(spec: &TreeSpec) -> bool {
    let leaves = |target: usize| {
        let adds = move |n: &TreeNode| matches!(n, TreeNode::Leaf(v) if v.iter().any(|(t, _)| *t == target));
        spec.trees.iter().flat_map(|t| &t.nodes).any(adds)
    };
    spec.targets > 2 || (spec.targets == 2 && leaves(0) && leaves(1))
}

fn divide(trees: &mut [Tree], by: f32) {
    for node in trees.iter_mut().flat_map(|t| &mut t.nodes) {
        if let TreeNode::Leaf(values) = node {
            for (_, value) in values {
                *value /= by;
            }
        }
    }
}

/// The trees, and whether a NaN goes other ways than [`TreeNode::Split`] says.
fn trees(node: &Node, classifier: bool) -> Result<(Vec<Tree>, bool), String> {
    let all = Nodes {
        tree: node.ints("nodes_treeids"),
        id: node.ints("nodes_nodeids"),
        column: node.ints("nodes_featureids"),
        value: node.floats("nodes_values"),
        mode: node.texts("nodes_modes"),
        yes: node.ints("nodes_truenodeids"),
        no: node.ints("nodes_falsenodeids"),
    };
    let n = all.id.len();
    let sizes = [
        all.tree.len(),
        all.column.len(),
        all.value.len(),
        all.mode.len(),
        all.yes.len(),
        all.no.len(),
    ];
    if sizes.iter().any(|s| *s != n) {
        return Err("attributes of nodes of different lengths".into());
    }
    let leaves = leaves(node, classifier)?;
    let index: HashMap<(i64, i64), usize> = (0..n).map(|i| ((all.tree[i], all.id[i]), i)).collect();
    if index.len() != n {
        return Err("two nodes of one number".into());
    }
    let mut gap = node
        .ints("nodes_missing_value_tracks_true")
        .iter()
        .any(|t| *t != 0);
    let mut made = Vec::new();
    let mut roots = Vec::new();
    for i in 0..n {
        // A tree's first node is its root.
        if !roots.contains(&all.tree[i]) {
            roots.push(all.tree[i]);
            let mut tree = Tree::default();
            grow(&all, &index, &leaves, i, &mut tree.nodes, &mut gap, 0)?;
            made.push(tree);
        }
    }
    Ok((made, gap))
}

type Leaves = HashMap<(i64, i64), Vec<(usize, f32)>>;

/// What each leaf adds.
fn leaves(node: &Node, classifier: bool) -> Result<Leaves, String> {
    let part = if classifier { "class" } else { "target" };
    let ints = |what: &str| node.ints(&format!("{part}_{what}"));
    let (tree, id, target) = (ints("treeids"), ints("nodeids"), ints("ids"));
    let weight = node.floats(&format!("{part}_weights"));
    if [tree.len(), id.len(), target.len()]
        .iter()
        .any(|s| *s != weight.len())
    {
        return Err("attributes of leaves of different lengths".into());
    }
    let mut leaves = Leaves::new();
    for i in 0..weight.len() {
        let target = usize::try_from(target[i]).map_err(|_| "a negative target")?;
        leaves
            .entry((tree[i], id[i]))
            .or_default()
            .push((target, weight[i]));
    }
    Ok(leaves)
}

/// Levels that a tree may have.
const LEVELS_MAX: usize = 256;

/// Appends node `i` and all below it, `level` levels below the root.
fn grow(
    all: &Nodes<'_>,
    index: &HashMap<(i64, i64), usize>,
    leaves: &Leaves,
    i: usize,
    nodes: &mut Vec<TreeNode>,
    gap: &mut bool,
    level: usize,
) -> Result<usize, String> {
    let at = nodes.len();
    let tree = all.tree[i];
    if at >= all.id.len() || level > LEVELS_MAX {
        return Err(format!(
            "tree {tree} has a loop, or more than {LEVELS_MAX} levels"
        ));
    }
    nodes.push(TreeNode::Leaf(Vec::new()));
    if all.mode[i] == "LEAF" {
        let values = leaves.get(&(tree, all.id[i])).cloned().unwrap_or_default();
        nodes[at] = TreeNode::Leaf(values);
        return Ok(at);
    }
    let value = all.value[i];
    let (below, turned) = match all.mode[i].as_str() {
        // Not above a number is below the next one.
        "BRANCH_LEQ" => (value.next_up(), false),
        "BRANCH_LT" => (value, false),
        "BRANCH_GT" => (value.next_up(), true),
        "BRANCH_GTE" => (value, true),
        other => return Err(format!("the comparison {other}")),
    };
    if !value.is_finite() || !below.is_finite() {
        return Err(format!("the threshold {value}"));
    }
    *gap |= turned;
    let child = |id: i64| {
        index
            .get(&(tree, id))
            .copied()
            .ok_or_else(|| format!("tree {tree} has no node {id}"))
    };
    let (yes, no) = (child(all.yes[i])?, child(all.no[i])?);
    let (yes, no) = if turned { (no, yes) } else { (yes, no) };
    let left_child = grow(all, index, leaves, yes, nodes, gap, level + 1)?;
    let right_child = grow(all, index, leaves, no, nodes, gap, level + 1)?;
    let column = usize::try_from(all.column[i]).map_err(|_| "a negative column")?;
    nodes[at] = TreeNode::Split {
        column,
        below,
        left: left_child,
        right: right_child,
    };
    Ok(at)
}
