{{/*
The entries of the ValidatingWebhookConfiguration for workloads, whose authors are warned. No workload matches both.
*/}}
{{- define "railhook.workloads" -}}
{{- $defaults := include "railhook.namespaceDefaults" . -}}
{{- if and .Values.podResourceInject.enabled .Values.warnWorkloads.enabled -}}
# Workloads that ask for rails in a template, or beside it.
- name: workloads.railhook.io
  namespaceSelector:
    matchExpressions:
      {{- include "railhook.notExcluded" . | nindent 6 }}
  matchConditions:
    - name: workload-asks
      expression: >-
        {{- include "railhook.workloadAsks" . | nindent 8 }}
    {{- include "railhook.notOwned" . | nindent 4 }}
  {{- include "railhook.warn" . | nindent 2 }}
{{- if ne $defaults "off" }}
# Workloads whose pods may inherit the class of their namespace.
- name: inheriting-workloads.railhook.io
  namespaceSelector:
    matchExpressions:
      {{- include "railhook.notExcluded" . | nindent 6 }}
      {{- include "railhook.inherits" . | nindent 6 }}
  matchConditions:
    - name: workload-does-not-ask
      expression: >-
        !({{ include "railhook.workloadAsks" . | nindent 8 | trim }})
    {{- include "railhook.notOwned" . | nindent 4 }}
  {{- include "railhook.warn" . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* What a controller makes: the author of what it is made from is warned. */}}
{{- define "railhook.notOwned" -}}
- name: no-controller-owns-it
  expression: >-
    !has(object.metadata.ownerReferences) ||
    !object.metadata.ownerReferences.exists(owner, has(owner.controller) && owner.controller)
{{- end }}

{{- define "railhook.warn" -}}
{{ include "railhook.client" (dict "root" . "path" "/warn-workloads") }}
rules:
  {{- range (list
    (dict "group" "" "resources" (list "replicationcontrollers"))
    (dict "group" "apps" "resources" (list "daemonsets" "deployments" "replicasets" "statefulsets"))
    (dict "group" "batch" "resources" (list "cronjobs" "jobs"))
    (dict "group" "batch.volcano.sh" "resources" (list "jobs"))
    (dict "group" "jobset.x-k8s.io" "resources" (list "jobsets"))
    (dict "group" "kubeflow.org" "resources" (list "jaxjobs" "mpijobs" "paddlejobs" "pytorchjobs" "tfjobs" "xgboostjobs"))
    (dict "group" "leaderworkerset.x-k8s.io" "resources" (list "leaderworkersets"))
    (dict "group" "ray.io" "resources" (list "rayclusters" "rayjobs"))) }}
  - apiGroups: [{{ .group | quote }}]
    apiVersions: ["*"]
    operations: [CREATE, UPDATE]
    resources: {{ .resources | toJson }}
    scope: Namespaced
  {{- end }}
failurePolicy: Ignore
timeoutSeconds: 2
{{- end }}

{{/*
A CEL expression: the workload, or one of its pod templates, is annotated with a class. What a kind doesn't have is
passed over, so one expression does for all kinds. In a path, [] stands for every item and {} for every member.
*/}}
{{- define "railhook.workloadAsks" -}}
{{- $templates := list "[object]" -}}
{{- range list
  "template"
  "jobTemplate.spec.template"
  "replicatedJobs.[].template.spec.template"
  "leaderWorkerTemplate.leaderTemplate"
  "leaderWorkerTemplate.workerTemplate"
  "jaxReplicaSpecs.{}.template"
  "mpiReplicaSpecs.{}.template"
  "paddleReplicaSpecs.{}.template"
  "pytorchReplicaSpecs.{}.template"
  "tfReplicaSpecs.{}.template"
  "xgbReplicaSpecs.{}.template"
  "headGroupSpec.template"
  "workerGroupSpecs.[].template"
  "rayClusterSpec.headGroupSpec.template"
  "rayClusterSpec.workerGroupSpecs.[].template"
  "submitterPodTemplate"
  "tasks.[].template" -}}
{{- $templates = append $templates (include "railhook.templatesAt" .) -}}
{{- end -}}
[{{ join ",\n" $templates }}].exists(templates, templates.exists(one,
has(one.metadata) && has(one.metadata.annotations) &&
('cni.spidernet.io/rdma-resource-inject' in one.metadata.annotations ||
'cni.spidernet.io/network-resource-inject' in one.metadata.annotations)))
{{- end }}

{{/* A CEL list of the pod templates at a path below spec. */}}
{{- define "railhook.templatesAt" -}}
{{- $steps := regexSplit "\\.(\\[\\]|\\{\\})\\." . -1 -}}
{{- $at := printf "object.spec.%s" (first $steps) -}}
{{ include "railhook.has" (list "object" (printf "spec.%s" (first $steps))) }} ?
{{- if eq (len $steps) 1 }} [{{ $at }}]
{{- else }}
{{- $one := contains "{}" . | ternary (printf "%s[one]" $at) "one" }} {{ $at }}.map(one,
{{- include "railhook.has" (list $one (last $steps)) | printf " %s," }} {{ $one }}.{{ last $steps }})
{{- end }} : []
{{- end }}

{{/* A CEL expression: what a path leads to is there, of where it starts and the path. A bare look-up would fail. */}}
{{- define "railhook.has" -}}
{{- $at := first . -}}
{{- $has := list -}}
{{- range splitList "." (last .) -}}
{{- $at = printf "%s.%s" $at . -}}
{{- $has = append $has (printf "has(%s)" $at) -}}
{{- end -}}
{{ join " && " $has }}
{{- end }}
