//! Other processes: this program once more, told by variables of its environment what to do. They say what they have to
//! say in lines that begin with `>`, and hear lines on their standard input.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::{
    env,
    io::{BufRead, BufReader, Lines, Write},
    process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio},
};

/// A process that ends with whoever holds this.
pub struct Process {
    child: Child,
    input: ChildStdin,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Process {
    /// Runs this program with these arguments and variables.
    pub fn start<'a>(args: &[&str], variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut child = Command::new(env::current_exe().expect("this program"))
            .args(args)
            .envs(variables)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let (input, output) = (child.stdin.take(), child.stdout.take());
        Self {
            child,
            input: input.expect("it was asked for"),
            lines: BufReader::new(output.expect("it was asked for")).lines(),
        }
    }

    /// Waits for the next thing it says.
    pub fn hear(&mut self) -> String {
        loop {
            let line = self.lines.next().expect("it ended before it said anything");
            if let Some(said) = line.expect("a text").strip_prefix("> ") {
                return said.to_owned();
            }
        }
    }

    pub fn tell(&mut self, line: &str) {
        writeln!(self.input, "{line}").expect("it listens");
    }

    /// Ends it in whatever it is doing: SIGKILL where there are signals.
    pub fn kill(&mut self) -> ExitStatus {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

/// What this process was told to do.
pub fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is set by whoever starts this"))
}

/// Says something to whoever started this process.
pub fn say(line: &str) {
    println!("\n> {line}");
}

/// Waits until whoever started this process says something; `None` when nothing more will come.
pub fn heard() -> Option<String> {
    std::io::stdin().lines().next().map(|line| line.expect("a text"))
}
