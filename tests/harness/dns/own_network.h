#pragma once

namespace cairn::harness {

// Puts this process, and what it starts from now on, into a network of its own
// (unshare(2)): nothing but a loopback, on which 192.0.2.0/24 and
// 198.51.100.0/24 are local, and where every port is free and may be bound. So a
// resolver that goes to port 53 of ordinary addresses needs no option for tests.
//
// For good, and the first thing of a test program: threads that run already stay
// outside. Later calls do nothing. Needs root or user namespaces.
void EnterOwnNetwork();

}  // namespace cairn::harness
