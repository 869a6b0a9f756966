// What must be found out about a request before its rules go on: it waits meanwhile, and nothing is
// read of its body. One mechanism for all who are asked: a thread that knows passwords, a server
// that knows sessions.
#pragma once

namespace hapair::lb {

struct ClientEnds;

/// Whose request waits.
class Asker {
 public:
  /// The judge has the answer: its verdict is open no more. The inquiry may be destroyed in here.
  virtual void on_answer() = 0;
  /// Both ends of the client's connection; null for Unix sockets.
  [[nodiscard]] virtual const ClientEnds* ends() = 0;

 protected:
  ~Asker() = default;
};

/// A question that has been asked. Destruction withdraws it: there will be no answer.
class Inquiry {
 public:
  Inquiry() = default;
  virtual ~Inquiry() = default;
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;
};

}  // namespace hapair::lb
