"""Talks to a served model as its users do, with NVIDIA's client of the Open Inference Protocol; prints what came of it."""
import json
import sys

import numpy as np
import tritonclient.http as http
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

HOST, MODEL, VERSION = sys.argv[1:4]
ROWS = 3
client = http.InferenceServerClient(HOST, connection_timeout=10, network_timeout=10)
report = {}


def numbers(dtype):
    """The ends of a type's range and something between them, [ROWS x 2]."""
    info = np.finfo(dtype) if np.issubdtype(dtype, np.floating) else np.iinfo(dtype)
    return np.array([[info.min, info.max], [0, 1], [2, 3]], dtype=dtype)


GIVEN = {f"in_{name}": numbers(dtype) for name, dtype in {
    "float": np.float32, "double": np.float64, "float16": np.float16,
    "int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64,
    "uint8": np.uint8, "uint16": np.uint16, "uint32": np.uint32, "uint64": np.uint64,
}.items()}
GIVEN["in_float"][0] = [0.1, -65504]
GIVEN["in_bool"] = np.array([[True], [False], [True]])
GIVEN["in_string"] = np.array([["Zürich, 東京"], [""], ["a\nb"]], dtype=np.object_)
GIVEN["user"] = np.array([0, 1, 7], dtype=np.int64)


def tensor(name, value, binary):
    """An input of a request."""
    made = http.InferInput(name, list(value.shape), np_to_triton_dtype(value.dtype))
    made.set_data_from_numpy(value, binary_data=binary)
    return made


def texts(array):
    """Strings come as bytes in binary form and as text in JSON."""
    return [each.decode() if isinstance(each, bytes) else each for each in array.ravel()]


def same(result, name, value):
    """Whether an output is what was put in, with its type."""
    got = result.as_numpy(name)
    if value.dtype == np.object_:
        return texts(got) == texts(value)
    return bool(got.dtype == value.dtype and got.shape == value.shape and np.array_equal(got, value))


def ask(binary_in, binary_out):
    """Every type in and out at once; which outputs came as they were put in."""
    outputs = [http.InferRequestedOutput("out_" + name[3:], binary_data=binary_out) for name in GIVEN if name != "user"]
    result = client.infer(MODEL, [tensor(name, value, binary_in) for name, value in GIVEN.items()], outputs=outputs, request_id="ä 7")
    right = {name: same(result, "out_" + name[3:], value) for name, value in GIVEN.items() if name != "user"}
    return {"id": result.get_response()["id"], "version": result.get_response()["model_version"], "right": right}


def refusal(act):
    """The sentence a request is refused with, as the client shows it."""
    try:
        act()
    except InferenceServerException as error:
        return [error.status(), error.message()]
    return "taken"


def changed(**changes):
    """All inputs, some of them others."""
    return [tensor(name, changes.get(name, value), True) for name, value in GIVEN.items()]


report["live"] = client.is_server_live()
report["ready"] = client.is_server_ready()
report["model ready"] = [client.is_model_ready(MODEL), client.is_model_ready(MODEL, VERSION)]
report["other model ready"] = [client.is_model_ready("other"), client.is_model_ready(MODEL, "9.9.9")]
report["server"] = client.get_server_metadata()
report["model"] = client.get_model_metadata(MODEL, VERSION)
for binary_in in (True, False):
    for binary_out in (True, False):
        report[f"binary in {binary_in} out {binary_out}"] = ask(binary_in, binary_out)
# What the client does when nobody tells it anything: binary both ways, all outputs.
by_default = client.infer(MODEL, changed())
report["outputs by default"] = [output["name"] for output in by_default.get_response()["outputs"]]
report["scores"] = by_default.as_numpy("scores").astype(float).round(4).tolist()

report["compressed"] = {
    coding: client.infer(MODEL, changed(), request_compression_algorithm=coding).as_numpy("scores").astype(float).round(4).tolist()
    for coding in ("gzip", "deflate")
}

nan = np.array([[np.nan, np.inf]] * ROWS, dtype=np.float32)
report["nan"] = [str(each) for each in client.infer(MODEL, changed(in_float=nan)).as_numpy("out_float")[0]]

report["refused"] = {
    "another model": refusal(lambda: client.infer("other", changed())),
    "another version": refusal(lambda: client.infer(MODEL, changed(), model_version="9.9.9")),
    "another type": refusal(lambda: client.infer(MODEL, changed(user=np.array([0, 1, 2], dtype=np.int32)))),
    "another shape": refusal(lambda: client.infer(MODEL, changed(in_float=np.zeros((3, 5), np.float32)))),
    "no such output": refusal(lambda: client.infer(MODEL, changed(), outputs=[http.InferRequestedOutput("nothing")])),
    "no such input": refusal(lambda: client.infer(MODEL, changed() + [tensor("more", nan, True)])),
    "an input missing": refusal(lambda: client.infer(MODEL, changed()[1:])),
    "no such user": refusal(lambda: client.infer(MODEL, changed(user=np.array([0, 1, 999], dtype=np.int64)))),
    "metadata of another model": refusal(lambda: client.get_model_metadata("other")),
}
report["ready afterwards"] = client.is_model_ready(MODEL)
print(json.dumps(report))
