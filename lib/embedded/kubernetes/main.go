// Command embedded holds etcd, kube-apiserver, kube-controller-manager and kubectl
// in one binary; the first argument says which of them to be.
package main

import (
	"fmt"
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
	"github.com/spf13/cobra"
	"k8s.io/component-base/cli"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: embedded etcd|kube-apiserver|kube-controller-manager|kubectl [argument...]")
		os.Exit(2)
	}
	program := os.Args[1]
	os.Args = os.Args[1:]
	switch program {
	case "etcd":
		etcdmain.Main(os.Args)
	case "kube-apiserver":
		run(apiserver.NewAPIServerCommand)
	case "kube-controller-manager":
		run(controllermanager.NewControllerManagerCommand)
	case "kubectl":
		run(kubectl.NewDefaultKubectlCommand)
	default:
		fmt.Fprintf(os.Stderr, "embedded: no program named %q\n", program)
		os.Exit(2)
	}
}

func run(command func() *cobra.Command) {
	os.Exit(cli.Run(command()))
}
