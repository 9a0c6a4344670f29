import java.io.IOException;

/** Ends this process with its starter, which holds the other end of standard input: a killed test leaves no engine behind. */
final class LifeWithStarter {
  /** @param position where the arguments say {@code detached}, if they do */
  static void begin(String[] arguments, int position) {
    if (arguments.length > position && arguments[position].equals("detached")) return;
    Thread watch = new Thread(LifeWithStarter::waitForEnd, "life with starter");
    watch.setDaemon(true);
    watch.start();
  }

  private static void waitForEnd() {
    try {
      while (System.in.read() != -1) {}
    } catch (IOException broken) {
      // As good as its end.
    }
    Runtime.getRuntime().halt(0);
  }

  private LifeWithStarter() {}
}
