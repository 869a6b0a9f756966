#include "liblb/io/work_queue.hpp"

namespace hapair::lb {
namespace {

/// How long one deferred call may work before the loop gets its turn (DESIGN section 2).
constexpr base::Duration kTurn = std::chrono::microseconds(500);

}  // namespace

void Task::unqueue() {
  if (list_ != nullptr) list_->remove(*this);
}

TaskList::~TaskList() {
  while (pop_front() != nullptr) {
  }
}

void TaskList::push_back(Task& task) {
  task.unqueue();
  task.list_ = this;
  task.prev_ = last_;
  task.next_ = nullptr;
  (last_ != nullptr ? last_->next_ : first_) = &task;
  last_ = &task;
}

Task* TaskList::pop_front() {
  Task* task = first_;
  if (task != nullptr) remove(*task);
  return task;
}

void TaskList::remove(Task& task) {
  (task.prev_ != nullptr ? task.prev_->next_ : first_) = task.next_;
  (task.next_ != nullptr ? task.next_->prev_ : last_) = task.prev_;
  task.list_ = nullptr;
  task.prev_ = task.next_ = nullptr;
}

WorkQueue::WorkQueue(event::EventLoop& loop)
    : loop_(loop),
      deferred_(loop, event::Priority::kTraffic, event::Callback<>::to<&WorkQueue::run>(this)) {}

void WorkQueue::add(Task& task) {
  tasks_.push_back(task);
  deferred_.schedule();
}

void WorkQueue::run() noexcept {
  const base::Instant end = loop_.now() + kTurn;
  while (Task* task = tasks_.pop_front()) {
    task->run();  // may destroy the task
    if (!tasks_.empty() && loop_.now() >= end) {
      deferred_.schedule();
      return;
    }
  }
}

}  // namespace hapair::lb
