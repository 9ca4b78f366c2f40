#pragma once

#include <string>

namespace skerry::transport {

// The PEM texts of one node. Peers are checked against `roots`; which node of the cluster a
// certificate belongs to is not.
struct PeerTls {
  std::string certificates;  // this node's, with the chain behind it
  std::string key;
  std::string roots;
  // Who dials shows a certificate, too, and is refused without a good one.
  bool mutual = true;
  // What the certificate of a peer that is dialled must name. Empty: the host of its address.
  std::string server_name;
};

}  // namespace skerry::transport
