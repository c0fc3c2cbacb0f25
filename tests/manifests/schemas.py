"""JSON schemas for kubeconform, made from what Kubernetes and CustomResourceDefinitions publish, and strict: a field that
isn't known is an error."""
import json

FILES = "{{ .ResourceKind }}{{ .KindSuffix }}.json"  # kubeconform's pattern of the files' names: deployment-apps-v1.json
JSON_SCHEMA = "apiextensions-apiserver.pkg.apis.apiextensions.v1.JSONSchemaProps"
# What the published document can't say, by the end of a definition's name.
UNSAID = {
    "api.resource.Quantity": {"type": ["string", "number"]},
    "util.intstr.IntOrString": {"type": ["string", "integer"]},
    "JSONSchemaPropsOrArray": {"$ref": f"#/definitions/io.k8s.{JSON_SCHEMA}"},
    "JSONSchemaPropsOrBool": {"anyOf": [{"type": "boolean"}, {"$ref": f"#/definitions/io.k8s.{JSON_SCHEMA}"}]},
}


def write_kubernetes(swagger, directory):
    """The schemas of all kinds of an API server, from its swagger.json."""
    definitions = json.loads(swagger.read_text(encoding="utf-8"))["definitions"]
    for name, definition in definitions.items():
        said = next((unsaid for end, unsaid in UNSAID.items() if name.endswith(end)), None)
        definitions[name] = said or strict(definition)
    (directory / "definitions.json").write_text(json.dumps({"definitions": definitions}), encoding="utf-8")
    for name, definition in definitions.items():
        for kind in definition.get("x-kubernetes-group-version-kind", []):
            _write(directory, kind["group"], kind["version"], kind["kind"],
                   {"$ref": f"definitions.json#/definitions/{name}"})


def write_custom_resource(definition, directory):
    """The schemas of a CustomResourceDefinition's versions."""
    spec = definition["spec"]
    for version in spec["versions"]:
        schema = strict(version["schema"]["openAPIV3Schema"])
        schema["properties"]["metadata"] = {"type": "object"}
        _write(directory, spec["group"], version["name"], spec["names"]["kind"], schema)


def strict(schema):
    """The schema, and all in it, without fields that it doesn't name."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: strict(value) for key, value in schema.items()}
    if "properties" in schema:
        closed["properties"] = {name: strict(field) for name, field in schema["properties"].items()}
        closed.setdefault("additionalProperties", False)
    return closed


def _write(directory, group, version, kind, schema):
    suffix = "-".join([kind.lower(), *([group.split(".")[0]] if group else []), version])
    (directory / f"{suffix}.json").write_text(json.dumps(schema), encoding="utf-8")
