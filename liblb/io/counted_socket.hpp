// A connection to a server as a stream that counts among the descriptors of the traffic.
#pragma once

#include <utility>

#include "common/net/socket_stream.hpp"
#include "liblb/io/context.hpp"

namespace hapair::lb {

class CountedSocket final : public net::SocketStream {
 public:
  /// The context outlives it.
  CountedSocket(Context& context, net::UniqueFd socket)
      : net::SocketStream(context.loop, event::Priority::kTraffic, std::move(socket)),
        budget_(context.descriptors) {
    budget_.add_inner();
  }
  ~CountedSocket() override { budget_.remove_inner(); }

 private:
  DescriptorBudget& budget_;
};

}  // namespace hapair::lb
