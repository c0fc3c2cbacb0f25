{{- define "railhook.vfManager.name" -}}
{{ printf "%s-vfmanager" (include "railhook.fullname" . | trunc 53 | trimSuffix "-") }}
{{- end }}

{{- define "railhook.vfManager.selectorLabels" -}}
app.kubernetes.io/name: {{ printf "%s-vfmanager" (include "railhook.name" . | trunc 53 | trimSuffix "-") | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "railhook.vfManager.labels" -}}
{{ include "railhook.vfManager.selectorLabels" . }}
app.kubernetes.io/component: vf-manager
app.kubernetes.io/part-of: railhook
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end }}

{{/* Of policies, pools, NodeStates and the agents' Leases. */}}
{{- define "railhook.vfManager.namespace" -}}
{{ .Values.vfManager.policyNamespace | default .Release.Namespace }}
{{- end }}

{{- define "railhook.vfManager.image" -}}
{{- with .Values.vfManager.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end }}
{{- end }}

{{/* Directories of the host, by the option that names each. AppArmor's usual profile forbids writing below /sys, so the
     host's is elsewhere. */}}
{{- define "railhook.vfManager.hostPaths" -}}
- {name: sysfs, option: sysfs-root, path: /sys, type: Directory}
- {name: dev, option: dev-root, path: /dev, type: Directory, readOnly: true}
- {name: modprobe, option: modprobe-dir, path: /etc/modprobe.d, type: DirectoryOrCreate}
- {name: guids, option: guids, path: /etc/sriov-operator/infiniband, file: guids, type: DirectoryOrCreate, readOnly: true}
- {name: state, option: state-dir, path: /var/lib/railhook, type: DirectoryOrCreate}
- {name: devinfo, option: devinfo-dir, path: /var/run/k8s.cni.cncf.io/devinfo/dp, type: DirectoryOrCreate}
- {name: kubelet, option: kubelet-dir, path: {{ .Values.vfManager.kubeletDirectory }}, type: Directory}
{{- end }}
