import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache Kafka's command-line tools one after another in this one process, because starting a JVM for each costs seconds.
 *
 * Each line on stdin is a call: base64 words, separated by spaces: class names to try ("a|b"), the tool's stdin, its arguments.
 * Each answer is a line "RESULT code base64(stdout) base64(stderr)". The tools end through Kafka's own Exit, which is made to throw here.
 */
public class Tools {
    static final class Ended extends Error {
        final int code;

        Ended(int code) {
            super(null, null, false, false);
            this.code = code;
        }
    }

    /** The stream every library keeps hold of; what lies behind it changes with each call. */
    static final class Switch extends OutputStream {
        ByteArrayOutputStream behind = new ByteArrayOutputStream();

        @Override
        public synchronized void write(int b) {
            behind.write(b);
        }

        @Override
        public synchronized void write(byte[] bytes, int from, int count) {
            behind.write(bytes, from, count);
        }

        synchronized String take() {
            String text = Base64.getEncoder().encodeToString(behind.toByteArray());
            behind = new ByteArrayOutputStream();
            return text;
        }
    }

    /** The first code given to Exit by the call's own thread; a tool that catches the throw may call Exit again. */
    static Integer firstCode;

    /** What the tool wants done at the end of the process (the console producer sends its last batch there). */
    static final List<Runnable> hooks = new ArrayList<>();

    public static void main(String[] unused) throws Exception {
        PrintStream answers = System.out;
        BufferedReader calls = new BufferedReader(new InputStreamReader(System.in));
        Switch out = new Switch();
        Switch err = new Switch();
        System.setOut(new PrintStream(out, true));
        System.setErr(new PrintStream(err, true));
        Exit.setExitProcedure((code, message) -> end(code));
        Exit.setHaltProcedure((code, message) -> end(code));
        Exit.setShutdownHookAdder((name, hook) -> hooks.add(hook));
        for (String line = calls.readLine(); line != null; line = calls.readLine()) {
            int code = call(line.split(" "));
            System.out.flush();
            System.err.flush();
            answers.println("RESULT " + code + " " + out.take() + " " + err.take() + " .");
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    static void end(int code) {
        if (firstCode == null) {
            firstCode = code;
        }
        throw new Ended(code);
    }

    static int call(String[] words) throws Exception {
        String[] plain = Arrays.stream(words).map(w -> new String(Base64.getDecoder().decode(w.substring(1)))).toArray(String[]::new);
        String[] arguments = Arrays.copyOfRange(plain, 2, plain.length);
        System.setIn(new ByteArrayInputStream(plain[1].getBytes()));
        firstCode = null;
        hooks.clear();
        int code = invoke(plain[0], arguments);
        hooks.forEach(Runnable::run);
        return code;
    }

    static int invoke(String names, String[] arguments) throws Exception {
        try {
            forgetEarlierMessages();
            find(names).getMethod("main", String[].class).invoke(null, (Object) arguments);
            return firstCode == null ? 0 : firstCode;
        } catch (InvocationTargetException thrown) {
            if (!(thrown.getCause() instanceof Ended)) {
                thrown.getCause().printStackTrace();
                return 1;
            }
            return firstCode;
        }
    }

    /** Releases before 3 count the messages of the console consumer in a field that outlives the call. */
    static void forgetEarlierMessages() throws Exception {
        try {
            Class<?> consumer = Class.forName("kafka.tools.ConsoleConsumer$");
            consumer.getMethod("messageCount_$eq", int.class).invoke(consumer.getField("MODULE$").get(null), 0);
        } catch (ClassNotFoundException absent) {
            return;
        }
    }

    static Class<?> find(String names) throws ClassNotFoundException {
        for (String name : names.split("\\|")) {
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException absent) {
                continue;
            }
        }
        throw new ClassNotFoundException(names);
    }
}
