// Work that waits for its next turn: sessions that used up their budget, buffers that became free,
// objects to be destroyed outside their own callbacks. One deferred call of the loop serves all of
// it, so a connection needs no event source of its own for that.
#pragma once

#include "common/event/event_loop.hpp"

namespace hapair::lb {

class TaskList;

/// A member of what has work to do, bound to one of its methods; in one list at a time. Destruction
/// takes it out.
class Task {
 public:
  explicit Task(event::Callback<> callback) : callback_(callback) {}
  ~Task() { unqueue(); }
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;

  [[nodiscard]] bool queued() const { return list_ != nullptr; }
  void unqueue();
  /// At once; it may be destroyed in there.
  void run() { callback_(); }

 private:
  friend class TaskList;
  friend class WorkQueue;  // asks whether it has it

  event::Callback<> callback_;
  TaskList* list_ = nullptr;
  Task* prev_ = nullptr;
  Task* next_ = nullptr;
};

/// First in, first out; links the tasks themselves.
class TaskList {
 public:
  TaskList() = default;
  TaskList(const TaskList&) = delete;
  TaskList& operator=(const TaskList&) = delete;
  ~TaskList();

  /// Moves the task here if it is queued elsewhere.
  void push_back(Task& task);
  Task* pop_front();
  [[nodiscard]] bool empty() const { return first_ == nullptr; }

 private:
  friend class Task;
  void remove(Task& task);

  Task* first_ = nullptr;
  Task* last_ = nullptr;
};

class WorkQueue {
 public:
  explicit WorkQueue(event::EventLoop& loop);

  /// Runs the task later in this turn of the loop or in the next; once, however often it is added.
  void add(Task& task);
  /// It gets its turn soon.
  [[nodiscard]] bool has(const Task& task) const { return task.list_ == &tasks_; }

 private:
  void run() noexcept;

  event::EventLoop& loop_;
  TaskList tasks_;
  event::Deferred deferred_;
};

}  // namespace hapair::lb
