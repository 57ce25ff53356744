package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cohort/cmd/cohort/internal/cli"
)

// writeCertificate writes a certificate for 127.0.0.1 to two files, and returns the pool that
// trusts it.
func writeCertificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	secret, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &secret.PublicKey, secret)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(secret)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	cert, key = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der},
		key: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	pool = x509.NewCertPool()
	pool.AddCert(parsed)
	return cert, key, pool
}

func TestServeSpeaksTLSToScriptsOfAllowedOrigins(t *testing.T) {
	cert, key, pool := writeCertificate(t)
	s := startServer([]string{
		"serve", "--ephemeral", "--addr=127.0.0.1:0", "--tls-cert=" + cert, "--tls-key=" + key,
		"--allowed-origins=https://app.example.com",
	})
	defer s.stop()
	addr, ok := s.out.wait(`(?m)^listening on (\S+)$`, s.status)
	if !ok {
		t.Fatalf("serve did not come up:\n%s", s.out)
	}
	if !strings.Contains(s.out.String(), `"url":"https://`+addr+`"`) {
		t.Errorf("the URL is not one of TLS:\n%s", s.out)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool},
		DisableKeepAlives: true}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+addr+"/api/4.0/versions", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Origin", "https://app.example.com")
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `"api_server_url":"https://`+addr+`"`) {
		t.Errorf("%s, %v", body, err)
	}
	if got := resp.Header.Get("Access-Control-Allow-Origin"); got != "https://app.example.com" {
		t.Errorf("the origin that is allowed is %q", got)
	}
}

func TestACertificateThatCannotBeReadIsAMistake(t *testing.T) {
	s := startServer([]string{"serve", "--ephemeral", "--addr=127.0.0.1:0", "--tls-cert=nowhere.pem",
		"--tls-key=nowhere.key"})
	defer s.cancel()
	if status := <-s.status; status != cli.ExitUsage || !strings.Contains(s.out.String(), "cohort: tls-cert, tls-key: ") {
		t.Errorf("exit %d:\n%s", status, s.out)
	}
}
