// The API server's own way to call webhooks, as a program: it reads pods to create, one JSON object each, from standard
// input, admits them at once and side by side, and writes what became of each, in any order, one a line. An argument sets
// feature gates, such as WebhookRoundTripLoadBalancing=false.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"

	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/klog/v2"
)

type outcomes struct {
	mutex   sync.Mutex
	encoder *json.Encoder
}

func (o *outcomes) write(made outcome) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	if err := o.encoder.Encode(made); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "apiserver-client:", err)
	os.Exit(1)
}

func serve(input io.Reader, output io.Writer) error {
	creations := json.NewDecoder(input)
	made := outcomes{encoder: json.NewEncoder(output)}
	webhooks := registered{}
	var running sync.WaitGroup
	defer running.Wait()
	for {
		var asked creation
		if err := creations.Decode(&asked); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		plugin, err := webhooks.plugin(asked)
		if err != nil {
			return err
		}
		running.Go(func() { made.write(plugin.admit(asked)) })
	}
}

func main() {
	klog.LogToStderr(false) // it repeats each refusal
	klog.SetOutput(io.Discard)
	if len(os.Args) > 1 {
		if err := utilfeature.DefaultMutableFeatureGate.Set(os.Args[1]); err != nil {
			fail(err)
		}
	}
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fail(err)
	}
}
