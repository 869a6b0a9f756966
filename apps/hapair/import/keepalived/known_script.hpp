// What a check script looks at, as far as its text tells: the usual ones ask whether a process is
// there, or whether the proxy on the same host answers. hapair does both by itself.
#pragma once

#include <string>
#include <string_view>

namespace hapair::importing::keepalived {

struct KnownScript {
  enum class Kind {
    kOther,
    kProcess,       ///< `process` runs: killall -0, pidof, pgrep, systemctl is-active, ps -C
    kLocalRequest,  ///< something on this host answers: curl, wget, nc, /dev/tcp
    kProxySocket,   ///< HAProxy's own socket answers
  };

  Kind kind = Kind::kOther;
  std::string process{};
  bool stops_keepalived = false;  ///< it ends keepalived by itself
  bool starts_process = false;    ///< it starts the service anew
};

/// `text`: a command line, or the text of a script.
[[nodiscard]] KnownScript recognise(std::string_view text);

}  // namespace hapair::importing::keepalived
