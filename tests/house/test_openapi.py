"""docs/openapi.json is a sound OpenAPI 3.1 document; that it has the endpoints of the program is a
unit test's to see, and that answers are as it says a cluster test's."""

import json
import re

import jsonschema

import tree

METHODS = {"get", "put", "post", "delete"}
API = json.loads((tree.ROOT / "docs/openapi.json").read_text(encoding="utf-8"))


def operations():
    return [(f"{method.upper()} {path}", path, item, operation)
            for path, item in API["paths"].items()
            for method, operation in item.items() if method in METHODS]


def references(node):
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def resolved(reference):
    node = API
    for key in reference.removeprefix("#/").split("/"):
        node = node.get(key) if isinstance(node, dict) else None
    return node


def schemas(node, path=""):
    """Every object schema, with where it stands."""
    if isinstance(node, dict):
        if "properties" in node and "type" in node:
            yield path, node
        for key, child in node.items():
            yield from schemas(child, f"{path}/{key}")
    elif isinstance(node, list):
        for index, child in enumerate(node):
            yield from schemas(child, f"{path}/{index}")


def test_the_document_has_what_openapi_asks_for():
    assert re.fullmatch(r"3\.1\.\d", API["openapi"])
    assert API["info"]["title"] and API["info"]["version"]
    assert set(API) <= {"openapi", "info", "servers", "paths", "components"}
    tree.expect_none(f"{path}: no path" for path in API["paths"] if not path.startswith("/"))
    tree.expect_none(f"{path}: {key} belongs to no path" for path, item in API["paths"].items()
                     for key in item if key not in METHODS | {"parameters"})


def test_every_operation_says_what_it_takes_and_answers():
    ids = [operation["operationId"] for _, _, _, operation in operations()]
    assert len(ids) == len(set(ids)), "operationIds are unique"
    faults = []
    for name, _, _, operation in operations():
        if not set(operation) <= {"operationId", "summary", "requestBody", "responses"}:
            faults.append(f"{name}: {sorted(operation)}")
        codes = set(operation["responses"])
        if not codes & {"200", "202"} or "default" not in codes:
            faults.append(f"{name} has the answers {sorted(codes)}")
        if not name.startswith("GET") and "403" not in codes:
            faults.append(f"{name} changes something and says nothing of 403")
        for code, answer in operation["responses"].items():
            if "$ref" not in answer and not (answer["description"] and answer["content"]):
                faults.append(f"{name}, {code}: no description, or no content")
        if "requestBody" in operation and "400" not in codes:
            faults.append(f"{name} takes a body and says nothing of 400")
    tree.expect_none(faults)


def test_parameters_are_those_of_the_paths():
    faults = []
    for path, item in API["paths"].items():
        declared = [resolved(each["$ref"]) for each in item.get("parameters", [])]
        wanted = re.findall(r"\{(\w+)\}", path)
        if [each["name"] for each in declared] != wanted:
            faults.append(f"{path} declares {declared}")
        faults += [f"{path}: {each['name']} must be required" for each in declared
                   if each["in"] != "path" or each["required"] is not True]
    tree.expect_none(faults)


def test_references_lead_somewhere_and_nothing_is_left_over():
    used = set(references(API))
    tree.expect_none(f"{each} leads nowhere" for each in used if resolved(each) is None)
    defined = {f"#/components/{kind}/{name}" for kind, parts in API["components"].items()
               for name in parts}
    tree.expect_none(f"{each} is used by nobody" for each in sorted(defined - used))


def test_schemas_are_sound():
    for name, schema in API["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
    tree.expect_none(f"{path} requires {name}, which it has not"
                     for path, schema in schemas(API)
                     for name in schema.get("required", [])
                     if name not in schema["properties"])


def test_the_codes_of_errors_are_those_of_the_page():
    page = (tree.ROOT / "docs/api.md").read_text(encoding="utf-8")
    codes = {code for _, _, _, operation in operations()
             for answer in operation["responses"].values()
             for code in answer.get("description", "").removeprefix("One of these codes: ")
             .split(", ") if answer.get("description", "").startswith("One of these codes: ")}
    assert len(codes) > 15
    tree.expect_none(f"docs/api.md says nothing of {code}" for code in sorted(codes)
                     if f"`{code}`" not in page)
