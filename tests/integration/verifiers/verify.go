// Go's own verifier: crypto/x509 and golang.org/x/crypto/ocsp.
//
//	verify ROOTS ISSUER LEAF NAME CRL OCSP
//
// Fails unless the path is good for the name and both the CRL and the OCSP response are
// the issuer's; prints what each says of the leaf.
package main

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"

	"golang.org/x/crypto/ocsp"
)

func check(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

func read(path string) []byte {
	data, err := os.ReadFile(path)
	check(err)
	return data
}

func certificate(path string) *x509.Certificate {
	block, _ := pem.Decode(read(path))
	parsed, err := x509.ParseCertificate(block.Bytes)
	check(err)
	return parsed
}

func main() {
	issuer, leaf, name := certificate(os.Args[2]), certificate(os.Args[3]), os.Args[4]
	roots, intermediates := x509.NewCertPool(), x509.NewCertPool()
	roots.AppendCertsFromPEM(read(os.Args[1]))
	intermediates.AddCert(issuer)
	_, err := leaf.Verify(x509.VerifyOptions{
		Roots: roots, Intermediates: intermediates, DNSName: name,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	check(err)

	crl, err := x509.ParseRevocationList(read(os.Args[5]))
	check(err)
	check(crl.CheckSignatureFrom(issuer))
	status := "good"
	for _, entry := range crl.RevokedCertificates {
		if bytes.Equal(entry.SerialNumber.Bytes(), leaf.SerialNumber.Bytes()) {
			status = "revoked"
		}
	}
	fmt.Println("crl:", status)

	response, err := ocsp.ParseResponseForCert(read(os.Args[6]), leaf, issuer)
	check(err)
	fmt.Println("ocsp:", map[int]string{ocsp.Good: "good", ocsp.Revoked: "revoked"}[response.Status])
}
