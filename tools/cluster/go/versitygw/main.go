// versitygw with the one backend that the tests use. Its own command line would bring its test suite with it, and clients of clouds.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

func main() {
	config := embedgw.Config{MaxConnections: 10_000, MaxRequests: 10_000, MultipartMaxParts: 10_000}
	port := flag.String("port", "127.0.0.1:7070", "address to listen at")
	flag.StringVar(&config.RootUserAccess, "access", "", "access key")
	flag.StringVar(&config.RootUserSecret, "secret", "", "secret key")
	flag.StringVar(&config.Region, "region", "us-east-1", "region")
	flag.BoolVar(&config.KeepAlive, "keep-alive", false, "keep connections open")
	flag.Parse()
	config.Ports = []string{*port}

	// “posix --sidecar ATTRIBUTES BUCKETS”, as versitygw itself has it.
	store := flag.NewFlagSet("posix", flag.ExitOnError)
	attributes := store.String("sidecar", "", "folder for what S3 knows of an object and a file does not")
	if flag.Arg(0) != "posix" {
		log.Fatal("the backend must be posix")
	}
	store.Parse(flag.Args()[1:])
	if err := serve(store.Arg(0), *attributes, &config); err != nil {
		log.Fatal(err)
	}
}

func serve(buckets, attributes string, config *embedgw.Config) error {
	sidecar, err := meta.NewSideCar(attributes)
	if err != nil {
		return err
	}
	backend, err := posix.New(buckets, sidecar, posix.PosixOpts{SideCarDir: attributes, CopyObjectThreshold: 5 << 30})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return embedgw.RunVersityGW(ctx, backend, config)
}
