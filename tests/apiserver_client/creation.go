package main

import (
	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// creation is a pod that somebody creates in an API server that knows the webhooks.
type creation struct {
	ID int `json:"id"`
	// Creations with the same server share its connections; the webhooks of the first one count.
	Server    string                                    `json:"server"`
	Webhooks  []admissionregistrationv1.MutatingWebhook `json:"webhooks"`
	Endpoints []string                                  `json:"endpoints"` // of the webhooks' Service, from now on
	Namespace string                                    `json:"namespace"`
	Pod       unstructured.Unstructured                 `json:"pod"`
}

// outcome is what became of a creation: a pod or a refusal.
type outcome struct {
	ID             int                        `json:"id"`
	Pod            *unstructured.Unstructured `json:"pod,omitempty"`
	Refusal        *metav1.Status             `json:"refusal,omitempty"`
	Warnings       []string                   `json:"warnings"`    // that the client of the API server would get
	Annotations    map[string]string          `json:"annotations"` // of the audit
	NewConnections int                        `json:"newConnections"`
	Reused         int                        `json:"reused"` // requests on a connection that was there before
	Seconds        float64                    `json:"seconds"`
}
