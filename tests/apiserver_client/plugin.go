package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"

	admissionregistrationv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	utilnet "k8s.io/apimachinery/pkg/util/net"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/mutating"
	"k8s.io/apiserver/pkg/authentication/user"
	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

var objects = func() admission.ObjectInterfaces {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		fail(err)
	}
	return admission.NewObjectInterfacesFromScheme(scheme)
}()

// endpoints are addresses of a Service's pods, which take turns.
type endpoints struct {
	addresses atomic.Pointer[[]string]
	turn      atomic.Uint64
}

func (e *endpoints) ResolveEndpoint(_, name string, _ int32) (*url.URL, error) {
	addresses := *e.addresses.Load()
	if len(addresses) == 0 {
		return nil, fmt.Errorf("no endpoints available for service %q", name)
	}
	return &url.URL{Scheme: "https", Host: addresses[e.turn.Add(1)%uint64(len(addresses))]}, nil
}

// plugin is the admission plugin MutatingAdmissionWebhook of an API server that has one registration.
type plugin struct {
	*mutating.Plugin
	endpoints *endpoints
}

func newPlugin(webhooks []admissionregistrationv1.MutatingWebhook) (*plugin, error) {
	made, err := mutating.NewMutatingWebhook(nil)
	if err != nil {
		return nil, err
	}
	client, err := kubernetes.NewForConfig(&rest.Config{}) // nobody is asked: the informers are never started
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	registration := &admissionregistrationv1.MutatingWebhookConfiguration{
		ObjectMeta: metav1.ObjectMeta{Name: "railhook"}, Webhooks: webhooks}
	known := factory.Admissionregistration().V1().MutatingWebhookConfigurations().Informer().GetStore()
	if err := known.Add(registration); err != nil {
		return nil, err
	}
	resolver := &endpoints{}
	made.SetExternalKubeClientSet(client)
	made.SetExternalKubeInformerFactory(factory)
	made.SetServiceResolver(resolver)
	if err := made.ValidateInitialization(); err != nil {
		return nil, err
	}
	made.SetReadyFunc(func() bool { return true })
	return &plugin{made, resolver}, nil
}

// registered are the plugins by the name of their API server.
type registered map[string]*plugin

func (r registered) plugin(asked creation) (*plugin, error) {
	if r[asked.Server] == nil {
		made, err := newPlugin(asked.Webhooks)
		if err != nil {
			return nil, err
		}
		r[asked.Server] = made
	}
	r[asked.Server].endpoints.addresses.Store(&asked.Endpoints)
	return r[asked.Server], nil
}

// audited keeps what the audit would be told, and whether it would take it.
type audited struct {
	admission.Attributes
	annotations map[string]string
	refused     error
}

func (a *audited) AddAnnotation(key, value string) error {
	a.annotations[key] = value
	err := a.Attributes.AddAnnotation(key, value)
	a.refused = errors.Join(a.refused, err)
	return err
}

func attributesOf(asked creation) *audited {
	return &audited{
		Attributes: admission.NewAttributesRecord(&asked.Pod, nil, corev1.SchemeGroupVersion.WithKind("Pod"), asked.Namespace,
			asked.Pod.GetName(), corev1.SchemeGroupVersion.WithResource("pods"), "", admission.Create,
			&metav1.CreateOptions{}, false, &user.DefaultInfo{Name: "somebody"}),
		annotations: map[string]string{}}
}

// counting lets `made` count the connections of the calls under it.
func counting(ctx context.Context, made *outcome) context.Context {
	return httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GotConn: func(got httptrace.GotConnInfo) {
		if got.Reused {
			made.Reused++
		} else {
			made.NewConnections++
		}
	}})
}

// decide calls the webhooks. An error is what the API server would refuse the pod with.
func (p *plugin) decide(ctx context.Context, attributes *audited) error {
	if err := p.Admit(ctx, attributes, objects); err != nil {
		return err
	}
	if attributes.refused != nil {
		return fmt.Errorf("audit annotation: %w", attributes.refused)
	}
	pod := attributes.GetObject().(*unstructured.Unstructured)
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(pod.Object, &corev1.Pod{}); err != nil {
		return fmt.Errorf("the result is no Pod: %w", err)
	}
	return nil
}

func refusalOf(err error) *metav1.Status {
	var status apierrors.APIStatus
	if errors.As(err, &status) {
		told := status.Status()
		return &told
	}
	return &metav1.Status{Message: err.Error()}
}

// admit is done within the API server's own filter for warnings, which drops and cuts some.
func (p *plugin) admit(asked creation) outcome {
	made := outcome{ID: asked.ID}
	attributes := attributesOf(asked)
	answer := httptest.NewRecorder()
	start := time.Now()
	filters.WithWarningRecorder(http.HandlerFunc(func(_ http.ResponseWriter, request *http.Request) {
		if err := p.decide(counting(request.Context(), &made), attributes); err != nil {
			made.Refusal = refusalOf(err)
		} else {
			made.Pod = attributes.GetObject().(*unstructured.Unstructured)
		}
	})).ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/api/v1/pods", nil))
	made.Seconds = time.Since(start).Seconds()
	made.Annotations = attributes.annotations
	warnings, _ := utilnet.ParseWarningHeaders(answer.Header()["Warning"])
	for _, warning := range warnings {
		made.Warnings = append(made.Warnings, warning.Text)
	}
	return made
}
