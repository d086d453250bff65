# Login shells of the agent: /etc/profile sets PATH anew, so what sshd gave (image/guest/ssh/sshd_config, SetEnv) is put back.
# The system is read-only; pip and npm install for the agent go below the home.
PATH="$HOME/.local/bin:$PATH"
umask 022
