// Java's own path validation, with revocation from a file: no network is asked.
//
// java VerifyPath.java ROOTS ISSUER LEAF (crl|ocsp) FILE
//
// Prints "valid" or "refused: " and Java's reason.

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

public final class VerifyPath {
  private static InputStream open(String path) throws Exception {
    return new ByteArrayInputStream(Files.readAllBytes(Path.of(path)));
  }

  public static void main(String[] arguments) throws Exception {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    Set<TrustAnchor> anchors = new HashSet<>();
    for (Certificate root : factory.generateCertificates(open(arguments[0]))) {
      anchors.add(new TrustAnchor((X509Certificate) root, null));
    }
    Certificate issuer = factory.generateCertificate(open(arguments[1]));
    X509Certificate leaf = (X509Certificate) factory.generateCertificate(open(arguments[2]));

    CertPathValidator validator = CertPathValidator.getInstance("PKIX");
    PKIXRevocationChecker revocation = (PKIXRevocationChecker) validator.getRevocationChecker();
    PKIXParameters parameters = new PKIXParameters(anchors);
    if (arguments[3].equals("crl")) {
      revocation.setOptions(
          EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK, Option.PREFER_CRLS));
      parameters.addCertStore(
          CertStore.getInstance(
              "Collection",
              new CollectionCertStoreParameters(factory.generateCRLs(open(arguments[4])))));
    } else {
      revocation.setOptions(EnumSet.of(Option.ONLY_END_ENTITY, Option.NO_FALLBACK));
      revocation.setOcspResponses(Map.of(leaf, Files.readAllBytes(Path.of(arguments[4]))));
    }
    parameters.addCertPathChecker(revocation);
    try {
      validator.validate(factory.generateCertPath(List.of(leaf, issuer)), parameters);
      System.out.println("valid");
    } catch (CertPathValidatorException refused) {
      System.out.println("refused: " + refused.getReason() + ": " + refused.getMessage());
    }
  }
}
