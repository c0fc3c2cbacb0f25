// CNI's own library and what it makes of generated networks, as a program. Each line of standard input is a configuration,
// and each gets a line of JSON: {"plugins": [types], "error": ""}.
//
//	cni-judge check                   whether libcni takes it, as Multus would
//	cni-judge run PLUGINS NETNS DIR   what the plugins in the directory PLUGINS do with it: attached to the network
//	                                  namespace NETNS, checked, and detached; DIR holds libcni's notes meanwhile
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/containernetworking/cni/libcni"
	"github.com/containernetworking/cni/pkg/types"
	"github.com/containernetworking/cni/pkg/utils"
	"github.com/containernetworking/cni/pkg/version"
)

const mostBytes = 1 << 20

type verdict struct {
	Plugins []string     `json:"plugins"`
	Result  types.Result `json:"result,omitempty"`
	Error   string       `json:"error"`
}

// parse takes a list of plugins or, as Multus does, a single one without a name.
func parse(text []byte) (*libcni.NetworkConfigList, error) {
	var kind struct {
		Plugins []json.RawMessage `json:"plugins"`
	}
	if err := json.Unmarshal(text, &kind); err != nil {
		return nil, err
	}
	if kind.Plugins != nil {
		return libcni.ConfListFromBytes(text)
	}
	conf, err := libcni.ConfFromBytes(text)
	if err != nil {
		return nil, err
	}
	return libcni.ConfListFromConf(conf)
}

func check(list *libcni.NetworkConfigList, judged *verdict) error {
	for _, plugin := range list.Plugins {
		judged.Plugins = append(judged.Plugins, plugin.Network.Type)
		if plugin.Network.Type == "" {
			return errors.New("a plugin without a type")
		}
	}
	if list.Name != "" {
		if err := utils.ValidateNetworkName(list.Name); err != nil {
			return err
		}
	}
	if !slices.Contains(version.All.SupportedVersions(), list.CNIVersion) {
		return fmt.Errorf("the CNI version %q", list.CNIVersion)
	}
	return nil
}

func run(list *libcni.NetworkConfigList, judged *verdict, plugins, netns, notes string) error {
	cni := libcni.NewCNIConfigWithCacheDir([]string{plugins}, notes, nil)
	runtime := &libcni.RuntimeConf{ContainerID: "judged", NetNS: netns, IfName: "net1"}
	background := context.Background()
	if _, err := cni.ValidateNetworkList(background, list); err != nil {
		return fmt.Errorf("validate: %w", err)
	}
	result, err := cni.AddNetworkList(background, list, runtime)
	if err != nil {
		return fmt.Errorf("add: %w", err)
	}
	judged.Result = result
	if checked, _ := version.GreaterThanOrEqualTo(list.CNIVersion, "0.4.0"); checked {
		if err := cni.CheckNetworkList(background, list, runtime); err != nil {
			return fmt.Errorf("check: %w", err)
		}
	}
	if err := cni.DelNetworkList(background, list, runtime); err != nil {
		return fmt.Errorf("del: %w", err)
	}
	return nil
}

func judge(text []byte) (judged verdict) {
	list, err := parse(text)
	if err == nil {
		err = check(list, &judged)
	}
	if err == nil && os.Args[1] == "run" {
		err = run(list, &judged, os.Args[2], os.Args[3], os.Args[4])
	}
	if err != nil {
		judged.Error = err.Error()
	}
	return judged
}

func main() {
	if !(len(os.Args) == 2 && os.Args[1] == "check") && !(len(os.Args) == 5 && os.Args[1] == "run") {
		fmt.Fprintln(os.Stderr, "usage: cni-judge check | cni-judge run PLUGINS NETNS DIR")
		os.Exit(2)
	}
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, mostBytes)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		if err := out.Encode(judge(lines.Bytes())); err != nil {
			panic(err)
		}
	}
}
