// Keeps log records as text for tests: "warning check-state web/node1: the message".
#pragma once

#include <string>
#include <vector>

#include "common/base/log.hpp"
#include "common/base/text.hpp"

namespace hapair {

struct MemorySink final : base::LogSink {
  std::vector<std::string> lines;

  void write(const base::LogRecord& record) noexcept override {
    lines.push_back(base::concat(base::to_string(record.level), ' ', record.id, ' ', record.subject,
                                 ": ", record.message));
  }
};

}  // namespace hapair
