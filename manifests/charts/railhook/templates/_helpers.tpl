{{- define "railhook.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "railhook.fullname" -}}
{{- $name := include "railhook.name" . -}}
{{- $long := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- $fullname := .Values.fullnameOverride | default $long | trunc 63 | trimSuffix "-" -}}
{{- if not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" $fullname) -}}
{{- printf "%q can't be the name of a Service, which begins with a letter and has letters, digits and dashes only: set fullnameOverride" $fullname | fail -}}
{{- end -}}
{{ $fullname }}
{{- end }}

{{- define "railhook.serviceAccount" -}}
{{- if .Values.serviceAccount.create -}}
{{ .Values.serviceAccount.name | default (include "railhook.fullname" .) }}
{{- else -}}
{{ required "serviceAccount.create is false: set serviceAccount.name to the ServiceAccount that railhook is to use" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* What never changes, as selectors can't. */}}
{{- define "railhook.selectorLabels" -}}
app.kubernetes.io/name: {{ include "railhook.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "railhook.labels" -}}
{{ include "railhook.selectorLabels" . }}
app.kubernetes.io/component: webhook
app.kubernetes.io/part-of: railhook
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{- define "railhook.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* YAML reads a bare `off` as false. */}}
{{- define "railhook.namespaceDefaults" -}}
{{ .Values.namespaceDefaults | default "off" }}
{{- end }}

{{/* The configuration file. What is empty isn't written, so that railhook's own default holds. */}}
{{- define "railhook.config" -}}
podResourceInject:
  enabled: {{ .Values.podResourceInject.enabled }}
{{- range $key, $value := omit .Values.podResourceInject "enabled" }}
{{- with $value }}
{{- dict $key . | toYaml | nindent 2 }}
{{- end }}
{{- end }}
namespaceDefaults: {{ include "railhook.namespaceDefaults" . | quote }}
{{- range $key, $value := pick .Values "railNamespaces" "existingNetworks" "gpuResources" "classes" "podTemplates" "controllers" "ipam" "logLevel" "certificateLifetime" "caLifetime" "tlsMinVersion" "clientNames" }}
{{- with $value }}
{{ dict $key . | toYaml }}
{{- end }}
{{- end }}
{{- if .Values.clientCAConfigMap }}
clientCAFile: /etc/railhook-clients/ca.crt
{{- end }}
{{- if hasKey .Values "liveLookupsPerSecond" }}{{/* 0 means something */}}
liveLookupsPerSecond: {{ .Values.liveLookupsPerSecond }}
{{- end }}
{{- end }}

{{/* Namespaces that never get rails: an outage must hurt neither the cluster's own pods nor railhook's. */}}
{{- define "railhook.notExcluded" -}}
- key: kubernetes.io/metadata.name
  operator: NotIn
  values:
    {{- list "kube-system" "kube-public" "kube-node-lease" .Release.Namespace | uniq | toYaml | nindent 4 }}
{{- end }}

{{/* Of a selector: namespaces whose pods inherit their class; all of them where labels don't count. */}}
{{- define "railhook.inherits" -}}
{{- if eq (include "railhook.namespaceDefaults" .) "label" -}}
- key: railhook.io/inherit
  operator: In
  values: ["true", gpu]
{{- end }}
{{- end }}

{{/* A CEL expression: the pod's own annotations name a class. A bare look-up would fail where there are none. */}}
{{- define "railhook.podAsks" -}}
has(object.metadata.annotations) &&
('cni.spidernet.io/rdma-resource-inject' in object.metadata.annotations ||
'cni.spidernet.io/network-resource-inject' in object.metadata.annotations)
{{- end }}

{{- define "railhook.noMirrorPod" -}}
- name: no-mirror-pod
  expression: >-
    !(has(object.metadata.annotations) && 'kubernetes.io/config.mirror' in object.metadata.annotations)
{{- end }}

{{/* That the release keeps the NetworkAttachmentDefinitions of SpiderMultusConfigs; "" where it doesn't. */}}
{{- define "railhook.keepsNetworks" -}}
{{ has "multus" .Values.controllers | ternary "yes" "" }}
{{- end }}

{{/* That SriovNetworkNodePolicies are refused; "" where they aren't. */}}
{{- define "railhook.validatesPolicies" -}}
{{ if (.Values.validateSriovPolicies).enabled }}yes{{ end }}
{{- end }}

{{/* How an entry of a registration is called, of `root` and `path`. The leader writes clientConfig.caBundle. */}}
{{- define "railhook.client" -}}
admissionReviewVersions: [v1]
clientConfig:
  service:
    name: {{ include "railhook.fullname" .root }}
    namespace: {{ .root.Release.Namespace }}
    path: {{ .path }}
    port: 443
matchPolicy: Equivalent
sideEffects: None
{{- end }}

{{- define "railhook.registrationMetadata" -}}
name: railhook
labels:
  {{- include "railhook.labels" . | nindent 2 }}
{{- if .Values.certManager.enabled }}
annotations:
  cert-manager.io/inject-ca-from: {{ .Release.Namespace }}/{{ include "railhook.fullname" . }}
{{- end }}
{{- end }}

{{/* Of the entries for custom resources. An object that is being deleted only loses its finalizers. */}}
{{- define "railhook.always" -}}
matchConditions:
  - name: is-not-being-deleted
    expression: "!has(object.metadata.deletionTimestamp)"
failurePolicy: Fail
timeoutSeconds: 5
{{- end }}

{{/* What the entries for SpiderMultusConfigs share. */}}
{{- define "railhook.spiderMultusConfigs" -}}
rules:
  - apiGroups: [spiderpool.spidernet.io]
    apiVersions: [v2beta1]
    operations: [CREATE, UPDATE]
    resources: [spidermultusconfigs]
    scope: Namespaced
{{ include "railhook.always" . }}
{{- end }}

{{/* What the entries for pods share. */}}
{{- define "railhook.call" -}}
{{ include "railhook.client" (dict "root" . "path" "/mutate-pods") }}
rules:
  - apiGroups: [""]
    apiVersions: [v1]
    operations: [CREATE]
    resources: [pods]
    scope: Namespaced
reinvocationPolicy: IfNeeded
failurePolicy: {{ .Values.webhook.failurePolicy }}
timeoutSeconds: {{ .Values.webhook.timeoutSeconds }}
{{- end }}
