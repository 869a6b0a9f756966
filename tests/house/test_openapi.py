"""docs/openapi.json is a sound OpenAPI 3.1 document; that it has the endpoints of the program is a
unit test's to see, and that answers are as it says a cluster test's."""

import json
import re

import jsonschema

import tree

METHODS = {"get", "put", "post", "delete"}
# The objects of OpenAPI 3.1 that the document may have: the fields that each must have, those that
# it may have besides, and what some of them hold; {...}: a map of such.
OBJECTS = {
    "document": ("openapi info", "servers paths components jsonSchemaDialect webhooks security "
                 "tags externalDocs", {"info": "info", "servers": ["server"], "paths": {"path"},
                                       "components": "components"}),
    "info": ("title version", "summary description termsOfService contact license",
             {"license": "license"}),
    "license": ("name", "identifier url", {}),
    "server": ("url", "description variables", {}),
    "components": ("", "schemas responses parameters examples requestBodies headers "
                   "securitySchemes links callbacks pathItems",
                   {"responses": {"response"}, "parameters": {"parameter"}}),
    "path": ("", "$ref summary description servers parameters get put post delete options head "
             "patch trace", {"parameters": ["parameter"],
                             **{method: "operation" for method in METHODS}}),
    "operation": ("responses", "tags summary description externalDocs operationId parameters "
                  "requestBody callbacks deprecated security servers",
                  {"parameters": ["parameter"], "requestBody": "body", "responses": {"response"}}),
    "parameter": ("name in", "description required deprecated allowEmptyValue style explode "
                  "allowReserved schema example examples content", {}),
    "body": ("content", "description required", {"content": {"media"}}),
    "response": ("description", "headers content links", {"content": {"media"}}),
    "media": ("", "schema example examples encoding", {}),
}
TYPES = {"null", "boolean", "object", "array", "number", "string", "integer"}
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


def faults_of(node, kind, path=""):
    """What is not as OBJECTS has it, in an object of that kind and all that it holds."""
    if not isinstance(node, dict):
        yield f"{path} is no object"
        return
    if "$ref" in node:
        if set(node) - {"$ref", "summary", "description"}:
            yield f"{path} has fields beside its reference"
        return
    needed, allowed, held = OBJECTS[kind]
    yield from (f"{path} has no {name}" for name in needed.split() if name not in node)
    yield from (f"{path}: {name} belongs to no {kind}" for name in node
                if name not in f"{needed} {allowed}".split() and not name.startswith("x-"))
    for name, of in held.items():
        inner = node.get(name, [] if isinstance(of, list) else {})
        if isinstance(of, str):
            if name in node:
                yield from faults_of(inner, of, f"{path}/{name}")
        elif isinstance(inner, list if isinstance(of, list) else dict):
            rows = enumerate(inner) if isinstance(of, list) else inner.items()
            for key, row in rows:
                yield from faults_of(row, next(iter(of)), f"{path}/{name}/{key}")
        else:
            yield f"{path}/{name} is of a wrong type"


def subschemas(node, path):
    """A schema and all within it, with where they stand."""
    yield path, node
    if not isinstance(node, dict):
        return
    for key in ("items", "additionalProperties", "not"):
        if key in node:
            yield from subschemas(node[key], f"{path}/{key}")
    for key in ("allOf", "oneOf", "anyOf", "prefixItems"):
        for index, each in enumerate(node.get(key, [])):
            yield from subschemas(each, f"{path}/{key}/{index}")
    for name, each in node.get("properties", {}).items():
        yield from subschemas(each, f"{path}/properties/{name}")


def all_schemas():
    for name, schema in API["components"]["schemas"].items():
        yield from subschemas(schema, f"components/schemas/{name}")
    for name, path, _, operation in operations():
        bodies = [*operation["responses"].items(), ("body", operation.get("requestBody", {}))]
        for code, body in bodies:
            for kind, media in body.get("content", {}).items():
                yield from subschemas(media["schema"], f"{name}, {code}, {kind}")


def test_every_object_has_the_fields_of_its_kind():
    tree.expect_none(faults_of(API, "document"))
    for damage, fault in ((lambda api: api["info"].pop("title"), "/info has no title"),
                          (lambda api: api["paths"]["/"]["get"].update(body={}),
                           "/paths///get: body belongs to no operation"),
                          (lambda api: api["paths"]["/"]["get"]["responses"]["200"].pop(
                              "description"), "/paths///get/responses/200 has no description")):
        api = json.loads(json.dumps(API))
        damage(api)
        assert list(faults_of(api, "document")) == [fault]


def nameless(path):
    return re.sub(r"\{\w+\}", "{}", path)


def test_names_codes_and_kinds_are_of_their_form():
    faults = [f"components/{kind}/{name}" for kind, parts in API["components"].items()
              for name in parts if not re.fullmatch(r"[A-Za-z0-9._-]+", name)]
    faults += [f"{path} ends with a slash" for path in API["paths"] if path[1:].endswith("/")]
    faults += [f"{path} is {other}, but for a name"
               for path in API["paths"] for other in API["paths"]
               if path < other and nameless(path) == nameless(other)]
    for name, _, _, operation in operations():
        for code, answer in operation["responses"].items():
            if not re.fullmatch(r"[1-5](\d\d|XX)|default", code):
                faults.append(f"{name}: {code} is no status")
            faults += [f"{name}: {kind} is no media type" for kind in answer.get("content", {})
                       if not re.fullmatch(r"[a-z]+/[a-z0-9.+-]+(; ?[a-z]+=[\w.-]+)*", kind)]
        if name.startswith(("GET", "DELETE /v1/tables", "DELETE /v1/sessions")) and \
                "requestBody" in operation:
            faults.append(f"{name} takes no body")
    for each in API["components"]["parameters"].values():
        if ("schema" in each) == ("content" in each):
            faults.append(f"{each['name']} has a schema or a content, and one of them")
    tree.expect_none(faults)
    assert ("identifier" in API["info"]["license"]) != ("url" in API["info"]["license"])


def test_schemas_say_of_what_type_everything_is():
    """In the words of JSON Schema 2020-12: those of OpenAPI 3.0 mean nothing any more. What may be
    anything says so in its description."""
    faults = []
    for path, schema in all_schemas():
        if not isinstance(schema, dict):
            faults += [] if schema is False else [f"{path} takes anything"]
            continue
        types = schema.get("type", [])
        types = [types] if isinstance(types, str) else types
        if not set(types) <= TYPES or len(set(types)) != len(types):
            faults.append(f"{path} has the type {types}")
        if not types and not {"$ref", "allOf", "oneOf", "anyOf", "enum", "const", "required",
                              "description"} & set(schema):
            faults.append(f"{path} does not say its type")
        faults += [f"{path}: {word} is of OpenAPI 3.0" for word in ("nullable", "example")
                   if word in schema]
        faults += [f"{path}: {word} is a flag" for word in ("exclusiveMinimum", "exclusiveMaximum")
                   if isinstance(schema.get(word), bool)]
        if "array" in types and "items" not in schema:
            faults.append(f"{path} does not say of what it is a list")
        if "properties" in schema and "object" not in types:
            faults.append(f"{path} has members and is no object")
        if len({json.dumps(each) for each in schema.get("enum", [])}) != len(
                schema.get("enum", [])):
            faults.append(f"{path} names a value twice")
    tree.expect_none(faults)


def test_bodies_take_nothing_that_they_do_not_name():
    """Answers may have more members one day; an order with one more is refused."""
    faults = []
    for name, _, _, operation in operations():
        for media in operation.get("requestBody", {}).get("content", {}).values():
            schema = resolved(media["schema"]["$ref"])
            if schema.get("additionalProperties") is not False and schema.get("maxProperties") != 0:
                faults.append(name)
    tree.expect_none(faults)


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
