module railhook.test/workloads

go 1.26.0

require (
	github.com/kubeflow/training-operator v1.9.0
	github.com/ray-project/kuberay/ray-operator v1.3.0
	sigs.k8s.io/jobset v0.8.0
	sigs.k8s.io/lws v0.6.0
)
