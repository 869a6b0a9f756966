// A document that is made a piece at a time, so that the loop can do something else in between.
#pragma once

#include <string>

namespace hapair::control {

class PiecedDocument {
 public:
  PiecedDocument() = default;
  PiecedDocument(const PiecedDocument&) = delete;
  PiecedDocument& operator=(const PiecedDocument&) = delete;
  virtual ~PiecedDocument() = default;

  /// A part of the work before the first piece. True: that is done.
  [[nodiscard]] virtual bool prepare() { return true; }
  /// The next piece; empty: that was all.
  [[nodiscard]] virtual std::string next() = 0;
};

}  // namespace hapair::control
