"""Recommender graphs written with the onnx package alone, for models that are tables of numbers and not code."""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Newer numbers than this are not needed by these graphs, and every runtime of the last years reads it.
OPSET = 17


def matrix_factorisation(user_factors, item_factors, top=None, seen=None, opset=OPSET):
    """
    user_factors: float32 [users × d], item_factors: float32 [items × d].
    top: how many items the graph ranks; None = it returns the scores of all items and the server ranks.
    seen: for each user the rows of items never to recommend, at least one.
    Input `user`: int64 [batch]. Outputs `items`, `scores`: [batch × top]; without top `scores`: [batch × items].
    """
    tables = [table("user_factors", user_factors), table("item_factors_transposed", item_factors.T)]
    nodes = [
        helper.make_node("Gather", ["user_factors", "user"], ["user_vector"], axis=0),
        helper.make_node("MatMul", ["user_vector", "item_factors_transposed"], ["affinity"]),
    ]
    scored = "affinity"
    if seen is not None:
        tables, nodes, scored = [*tables, seen_table(seen)], [*nodes, *mask(scored)], "unseen"
    user = helper.make_tensor_value_info("user", TensorProto.INT64, ["batch"])
    return model(nodes, tables, user, scored, top, len(item_factors), opset)


def similar_items(similarity, top=None, opset=OPSET):
    """
    similarity: float32 [items × items], dense: for catalogues of up to some thousand items.
    Input `history`: float [batch × items], 1 for each item of the history (encoding MultiHot). Outputs as above.
    """
    nodes = [helper.make_node("MatMul", ["history", "similarity"], ["affinity"])]
    history = helper.make_tensor_value_info("history", TensorProto.FLOAT, ["batch", len(similarity)])
    return model(nodes, [table("similarity", similarity)], history, "affinity", top, len(similarity), opset)


def nearest_neighbours(neighbours, weights, length, top=None, opset=OPSET):
    """
    The same for large catalogues: only the `n` best neighbours of each item are kept.
    neighbours: int64 [items × n], rows of items; weights: float32 [items × n].
    Input `history`: int64 [batch × length], rows of items, filled up with the number of items (encoding Indices).
    """
    items, n = neighbours.shape
    # One row and one column more, for what a history is filled up with.
    neighbours = np.vstack([neighbours, np.full((1, n), items)])
    weights = np.vstack([weights, np.zeros((1, n))])
    tables = [
        numpy_helper.from_array(neighbours.astype(np.int64), "neighbours"),
        table("weights", weights),
        numpy_helper.from_array(np.array([0, length * n]), "one_row"),
        numpy_helper.from_array(np.zeros(items + 1, dtype=np.float32), "zeros"),
        numpy_helper.from_array(np.array([items + 1]), "columns"),
        *[numpy_helper.from_array(np.array([number]), name) for name, number in (("first", 0), ("last", items), ("axis", 1))],
    ]
    nodes = [
        helper.make_node("Gather", ["neighbours", "history"], ["near"], axis=0),
        helper.make_node("Gather", ["weights", "history"], ["near_weights"], axis=0),
        helper.make_node("Reshape", ["near", "one_row"], ["places"]),
        helper.make_node("Reshape", ["near_weights", "one_row"], ["amounts"]),
        helper.make_node("Shape", ["history"], ["batch"], start=0, end=1),
        helper.make_node("Concat", ["batch", "columns"], ["sums_shape"], axis=0),
        helper.make_node("Expand", ["zeros", "sums_shape"], ["nothing"]),
        helper.make_node("ScatterElements", ["nothing", "places", "amounts"], ["sums"], axis=1, reduction="add"),
        helper.make_node("Slice", ["sums", "first", "last", "axis"], ["affinity"]),
    ]
    history = helper.make_tensor_value_info("history", TensorProto.INT64, ["batch", length])
    return model(nodes, tables, history, "affinity", top, items, opset)


def cosine(encoder, vectors):
    """
    encoder: an exported pipeline whose first output is a float matrix [batch × d] with rows of length 1, such as TF-IDF.
    vectors: float32 [items × d], the same of each item. Output `scores`: [batch × items].
    """
    joined = onnx.ModelProto()
    joined.CopyFrom(encoder)
    graph = joined.graph
    graph.initializer.append(table("item_vectors_transposed", vectors.T))
    graph.node.append(helper.make_node("MatMul", [graph.output[0].name, "item_vectors_transposed"], ["scores"]))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("scores", TensorProto.FLOAT, [None, len(vectors)]))
    onnx.checker.check_model(joined)
    return joined


def for_every_item(scorer, item_features, user_features=None):
    """
    Scores all items of a request with a model that scores one item a row, such as boosted trees.
    scorer: its ONNX model: first input float [rows × (u + i)], the u features of a user before the i of an
    item; first output float [rows] or [rows × 1].
    item_features: float32 [items × i]. user_features: float32 [users × u]; None = they come with the request.
    Input `user`: int64 [batch], or `features`: float [batch × u]. Output `scores`: [batch × items].
    """
    items, of_item = item_features.shape
    graph = onnx.ModelProto()
    graph.CopyFrom(scorer)
    graph = graph.graph
    rows, scores = graph.input[0], graph.output[0].name
    of_both = rows.type.tensor_type.shape.dim[1].dim_value
    numbers = {"request_axis": [1], "items_and_one": [items, 1], "one_row_a_pair": [-1, of_both], "one_row_a_request": [-1, items]}
    tables = [numpy_helper.from_array(np.array(values), name) for name, values in numbers.items()]
    tables.append(table("item_features", item_features))
    before = [
        helper.make_node("Shape", ["features"], ["requests"], start=0, end=1),
        helper.make_node("Concat", ["requests", "items_and_one"], ["every_pair"], axis=0),
        helper.make_node("Unsqueeze", ["features", "request_axis"], ["of_user"]),
        helper.make_node("Expand", ["of_user", "every_pair"], ["of_users"]),
        helper.make_node("Expand", ["item_features", "every_pair"], ["of_items"]),
        helper.make_node("Concat", ["of_users", "of_items"], ["pairs"], axis=2),
        helper.make_node("Reshape", ["pairs", "one_row_a_pair"], [rows.name]),
    ]
    if user_features is None:
        given = helper.make_tensor_value_info("features", TensorProto.FLOAT, ["batch", of_both - of_item])
    else:
        given = helper.make_tensor_value_info("user", TensorProto.INT64, ["batch"])
        tables.append(table("user_features", user_features))
        before.insert(0, helper.make_node("Gather", ["user_features", "user"], ["features"], axis=0))
    # The exporters of trees declare a version as old as their own nodes need, and those in front need a newer one.
    opsets = [helper.make_opsetid(each.domain, each.version if each.domain else max(each.version, OPSET)) for each in scorer.opset_import]
    if all(each.domain for each in opsets):
        opsets.append(helper.make_opsetid("", OPSET))
    after = helper.make_node("Reshape", [scores, "one_row_a_request"], ["scores"])
    output = helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", items])
    made = helper.make_model(
        helper.make_graph([*before, *graph.node, after], "recommender", [given], [output], [*graph.initializer, *tables]),
        opset_imports=opsets,
        ir_version=max(scorer.ir_version, helper.find_min_ir_version_for(opsets)),
    )
    onnx.checker.check_model(made, full_check=True)
    return made


def renamed(model, *names):
    """The same model with outputs of these names, in their order: exporters of Keras call them `Identity:0`, or otherwise each time."""
    graph = model.graph
    for name, output in zip(names, graph.output, strict=True):
        graph.node.append(helper.make_node("Identity", [output.name], [name]))
        output.name = name
    onnx.checker.check_model(model)
    return model


def table(name, values):
    return numpy_helper.from_array(np.ascontiguousarray(values, dtype=np.float32), name)


def seen_table(seen):
    """int64 [users × longest]; shorter rows are filled up with their own first item, which masks nothing more."""
    width = max(len(rows) for rows in seen)
    filled = [[*rows, *[rows[0]] * (width - len(rows))] for rows in seen]
    return numpy_helper.from_array(np.array(filled, dtype=np.int64), "seen_items")


def mask(scored):
    """`unseen`: the scores, those of seen items −∞, which leaves them out of every answer."""
    never = helper.make_tensor("value", TensorProto.FLOAT, [1], [float("-inf")])
    return [
        helper.make_node("Gather", ["seen_items", "user"], ["seen"], axis=0),
        helper.make_node("Shape", ["seen"], ["seen_shape"]),
        helper.make_node("ConstantOfShape", ["seen_shape"], ["never"], value=never),
        helper.make_node("ScatterElements", [scored, "seen", "never"], ["unseen"], axis=1),
    ]


def model(nodes, tables, graph_input, scored, top, items, opset):
    """Puts TopK, or the bare scores, behind `scored` and makes a checked model of it all."""
    if top is None:
        nodes = [*nodes, helper.make_node("Identity", [scored], ["scores"])]
        outputs = [helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", items])]
    else:
        top = min(top, items)
        tables = [*tables, numpy_helper.from_array(np.array([top]), "top")]
        nodes = [*nodes, helper.make_node("TopK", [scored, "top"], ["scores", "items"], axis=-1, largest=1, sorted=1)]
        outputs = [
            helper.make_tensor_value_info("items", TensorProto.INT64, ["batch", top]),
            helper.make_tensor_value_info("scores", TensorProto.FLOAT, ["batch", top]),
        ]
    graph = helper.make_graph(nodes, "recommender", [graph_input], outputs, tables)
    opsets = [helper.make_opsetid("", opset)]
    made = helper.make_model(graph, opset_imports=opsets, ir_version=helper.find_min_ir_version_for(opsets))
    onnx.checker.check_model(made, full_check=True)
    return made
